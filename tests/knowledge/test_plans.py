"""How SQLite, which knows nothing of how many rows there are, looks for rows by an id: not through all of a
community's."""

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from services.knowledge.articles import view
from services.knowledge.collections import find as find_collections
from services.knowledge.questions import invite
from services.knowledge.reviews import find as find_reviews
from services.knowledge.search import vocabulary
from services.knowledge.verifications import find as find_verifications
from shared.store.statements import Statements
from shared.testing.files import copy_migrated

LOOKS: dict[str, Any] = {
    "contributors": view.CONTRIBUTORS,
    "provenance": view.PROVENANCE,
    "curators": find_collections.CURATORS,
    "invited": invite.INVITED,
    "reviews": find_reviews.OF_ARTICLE,
    "reviewers": find_reviews.ASKED,
    "verdicts": find_reviews.SAID,
    "verifications": find_verifications.OF_ARTICLE,
    "words": vocabulary.FORGET,
}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    path = tmp_path_factory.mktemp("plans") / "knowledge.db"
    copy_migrated("knowledge", Path(path))
    return sqlite3.connect(path)


@pytest.mark.parametrize("name", LOOKS)
def test_an_id_is_looked_for_by_itself(name: str, empty: sqlite3.Connection) -> None:
    prepared, _ = Statements(sqlite.dialect(paramstyle="qmark")).prepare(LOOKS[name])
    sql = re.sub(r"\(__\[POSTCOMPILE_[^\]]*\]\)", "(?, ?)", prepared.sql)
    plan = [row[3] for row in empty.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?"))]
    assert plan
    assert [step for step in plan if step.endswith("(community_id=?)")] == []
