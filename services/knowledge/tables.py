"""What every table of knowledge stands on."""

from shared.store import TableModel, tables_of


class Base(TableModel, registry=tables_of("knowledge")):
    """What belongs to knowledge alone."""
