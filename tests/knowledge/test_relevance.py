"""How well search ranks: a real collection with judgements, indexed and asked through the API."""

import json
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from shared.testing import eventually
from tests.knowledge.collection import Judged, average_precision, cranfield, ndcg
from tests.knowledge.conftest import Person
from tests.membership.conftest import Someone

CRANFIELD = Path(__file__).parents[3] / "shared/data/search-cranfield"
PIECE = 100


def taken_in(key: Someone, judged: Judged) -> dict[str, str]:
    """Has every document imported and published; document names by article id."""
    jobs = []
    for start in range(0, len(judged.documents), PIECE):
        documents = [
            {
                "path": f"{each.name}.md",
                "text": f"---\ntitle: {json.dumps(each.title or '-')}\n---\n{each.text or '-'}",
            }
            for each in judged.documents[start : start + PIECE]
        ]
        given = {"source": "markdown", "name": "cranfield", "documents": documents}
        jobs.append(key.made("/imports", given)["id"])
    for job in jobs:
        eventually(lambda job=job: key.get(f"/imports/{job}").json()["state"] == "done", within=120)  # type: ignore[misc]
    names: dict[str, str] = {}
    for job in jobs:
        rows = key.get(f"/imports/{job}/documents?limit=100").json()["items"]
        names |= {row["article_id"]: row["path"].removesuffix(".md") for row in rows}
    return names


def ranked(someone: Someone, query: str, names: dict[str, str]) -> list[str]:
    """Everything a query leads to, by cursor pages."""
    listed: list[str] = []
    asked: dict[str, Any] = {"q": query, "limit": 100}
    while True:
        page = someone.client.get(f"/v1/communities/{someone.community}/search", params=asked).json()
        listed += [names[hit["id"]] for hit in page["items"]]
        if page["next_cursor"] is None:
            return listed
        asked["cursor"] = page["next_cursor"]


@pytest.mark.timeout(300)
def test_a_real_collection_is_ranked_better_than_by_bm25(
    database: str, key: Someone, person: Person, record_figures: list[str]
) -> None:
    """All queries on one database, every ninth on the other, which ranks alike."""
    if not CRANFIELD.exists():
        pytest.skip(f"1,400 documents and 225 queries are not in {CRANFIELD}")
    judged = cranfield(CRANFIELD)
    names = taken_in(key, judged)
    assert len(names) == 1400
    member = person()
    precision, gain = [], []
    for number, query in list(judged.queries.items())[:: 1 if database == "sqlite" else 9]:
        found = ranked(member, query, names)
        assert len(found) == len(set(found)) <= 1000
        precision.append(average_precision(found, judged.relevant[number]))
        gain.append(ndcg(found, judged.relevant[number]))
    record_figures.append(
        f"Cranfield, {database}, {len(gain)} queries: MAP {mean(precision):.4f}, nDCG@10 {mean(gain):.4f}"
    )
    assert mean(precision) >= 0.33
    assert mean(gain) >= 0.40
