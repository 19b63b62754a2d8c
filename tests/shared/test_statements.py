"""Statements are compiled once for their structure; every execution has its own values."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import asyncpg

from shared.store.statements import Statements
from shared.store.tables import broker_epoch as epoch

DIALECTS: dict[str, tuple[Statements, Any]] = {
    "sqlite": (Statements(sqlite.dialect(paramstyle="qmark")), sqlite.insert),
    "postgres": (Statements(asyncpg.dialect()), postgresql.insert),  # type: ignore[no-untyped-call]
}


def _upsert(insert: Any, value: str) -> Any:
    given = insert(epoch).values(stream="S", created_at=value, max_stream_seq=1)
    return given.on_conflict_do_update(index_elements=["stream"], set_={"created_at": value})


STATEMENTS: dict[str, Any] = {
    "insert": lambda _, value: sa.insert(epoch).values(stream=value, created_at="-", max_stream_seq=1),
    "upsert": _upsert,
    "update": lambda _, value: sa.update(epoch).where(epoch.c.stream == "S").values(created_at=value),
    "delete": lambda _, value: sa.delete(epoch).where(epoch.c.stream == value),
    "select": lambda _, value: sa.select(epoch).where(epoch.c.stream == value),
    "in": lambda _, value: sa.select(epoch).where(epoch.c.stream.in_([value])),
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("kind", STATEMENTS)
def test_the_second_of_two_alike_is_bound_to_its_own_values(dialect: str, kind: str) -> None:
    statements, insert = DIALECTS[dialect]
    for value in ("first", "second"):
        prepared, key = statements.prepare(STATEMENTS[kind](insert, value))
        _, values = prepared.bind({}, None, key)
        assert value in values
        assert {"first", "second"} - {value} not in values
