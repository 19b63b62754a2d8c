"""What every table of membership stands on."""

from typing import Any

import sqlalchemy as sa

from shared.store import TableModel, tables_of


class Base(TableModel, registry=tables_of("membership")):
    """What belongs to membership alone."""


def bytewise(length: int) -> Any:
    """Text that sorts by code point on both databases, so that an index answers a search by prefix."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
