"""What every table of events stands on."""

from shared.store import TableModel, tables_of


class Base(TableModel, registry=tables_of("events")):
    """What belongs to events alone."""
