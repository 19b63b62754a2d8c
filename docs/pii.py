"""The inventory of personal data, from models and privacy slices; `make generate` writes pii.md."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import sqlalchemy as sa

from shared import mentions
from shared.app import Service
from shared.privacy import Privacy
from shared.store import tables
from shared.store.columns import Id, Json, Moment, Word

HEAD = """\
# Personal data
What the databases hold about people; generated from the models by `make generate`. Columns not listed hold
ids, moments, numbers, fixed words, or text about nobody.

- `name`: what somebody is called
- `contact`: where somebody can be reached
- `freetext`: what somebody wrote or said of themselves
- `behaviour`: what somebody did
- `network`: addresses and programs of a request

`erased`: gone, or nobody's, as soon as the person is erased (`privacy.py` of the service; shared/privacy.py).
"""
NAMELESS = (Id, Moment, Word)


def services() -> list[Service]:
    """Every service there is."""
    names = sorted(path.parent.name for path in Path("services").glob("*/app.py"))
    return [import_module(f"services.{name}.app").service for name in names]


def privacy_of(service: Service) -> Privacy | None:
    """What the service does for a person; None when it says nothing."""
    found = (getattr(part, "privacy", None) for part in service.slices)
    return next((each for each in found if isinstance(each, Privacy)), None)


def text_columns(metadata: sa.MetaData) -> Iterator["sa.Column[object]"]:
    """The columns that may hold anything about anybody: text, JSON, bytes."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            kind = column.type
            if isinstance(kind, sa.String | Json | sa.LargeBinary) and not isinstance(kind, NAMELESS):
                yield column


def personal_columns(metadata: sa.MetaData) -> list["sa.Column[object]"]:
    """Those of them that tell something about a person."""
    return [column for column in text_columns(metadata) if column.info.get("pii", "none") != "none"]


def fate(privacy: Privacy | None, table: str) -> str | None:
    """What becomes of a table's personal columns: `erased`, or why they stay; None when nobody says."""
    if privacy is None:
        return None
    if table in {model.__table__.name for model in privacy.covers}:
        return "erased"
    return {model.__table__.name: reason for model, reason in privacy.keeps.items()}.get(table)


def _rows(metadata: sa.MetaData, fates: dict[str, str]) -> list[str]:
    rows = ["| table | column | tells | when erased |", "|---|---|---|---|"]
    for column in personal_columns(metadata):
        table = column.table.name
        rows.append(f"| `{table}` | `{column.name}` | {column.info['pii']} | {fates.get(table, '-')} |")
    return rows


def inventory() -> str:
    """The whole page."""
    lines = [HEAD]
    for service in services():
        metadata = service.base.metadata
        privacy = privacy_of(service)
        fates = {name: said for name in metadata.tables if (said := fate(privacy, name)) is not None}
        lines += [f"## {service.name}", *_rows(metadata, fates), ""]
    kept = dict.fromkeys(mentions.COVERS, "erased") | mentions.KEEPS
    lines += ["## In every service", *_rows(tables.metadata, kept), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(inventory())
