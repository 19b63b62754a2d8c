"""The store: tables, statements and units of work that mean the same on SQLite and PostgreSQL."""

from shared.store import tables
from shared.store.columns import TableModel, across, pii, scope, tables_of
from shared.store.statements import constant
from shared.store.store import HandlerAwaited, Store
from shared.store.tx import ConstraintViolated, Context, Tx

__all__ = [
    "ConstraintViolated",
    "Context",
    "HandlerAwaited",
    "Store",
    "TableModel",
    "Tx",
    "across",
    "constant",
    "pii",
    "scope",
    "tables",
    "tables_of",
]
