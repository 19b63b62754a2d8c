"""SQLAlchemy Core statements, compiled once and run on the raw driver.

Compiling costs more than running. A statement is compiled once for its structure (SQLAlchemy's own cache
key); one declared with `constant` skips even the key. The values of parameters are bound per call with
SQLAlchemy's type processors, and rows come back as named tuples.
"""

import hashlib
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter

from shared.store.columns import TENANT, tenant_column

S = TypeVar("S", bound=sa.Executable)
CACHE_LIMIT = 2000
EXPANSIONS_LIMIT = 1000


class UnscopedStatement(TypeError):
    """A statement on a tenant table without its tenant condition: a defect, never sent."""


def constant(statement: S) -> S:
    """Declare a module-level statement (its varying parts are `bindparam`s): it is compiled exactly once."""
    statement.__dict__["_constant_of"] = id(statement)
    return statement


def is_constant(statement: sa.Executable) -> bool:
    """Whether this very object was declared `constant` (a copy made from it was not)."""
    return statement.__dict__.get("_constant_of") == id(statement)


class Prepared:
    """One compiled statement: text, how to bind its parameters, how to build its rows."""

    __slots__ = (
        "_compiled",
        "_expands",
        "_expansions",
        "_gather",
        "_lists",
        "_own",
        "_scoped",
        "columns",
        "keeps_text",
        "renders",
        "rows",
        "sql",
        "tag",
    )

    def __init__(self, statement: Any, dialect: sa.Dialect, column_keys: list[str] | None, key: Any) -> None:
        self._compiled: SQLCompiler = statement.compile(
            dialect=dialect, column_keys=column_keys, cache_key=key
        )
        compiled = self._compiled
        self.sql = str(compiled)
        self.tag = hashlib.sha256(self.sql.encode()).hexdigest()
        if compiled.literal_execute_params:
            raise TypeError("values within the text of a statement are not supported")
        self._lists = {name for name in compiled.positiontup or () if compiled.binds[name].expanding}
        self._expansions: dict[tuple[int, ...], tuple[str, list[str]]] = {}
        self._expands = bool(compiled.post_compile_params)
        # By name: the compiler clones the parameters of inserts and updates, and keeps their names.
        order = {bind.key: i for i, bind in enumerate(key.bindparams)} if key else {}
        processors = compiled._bind_processors
        names = compiled.positiontup or ()
        binds = [compiled.binds[name] for name in names]
        self._gather = _gatherer([(b.key, processors.get(n)) for n, b in zip(names, binds, strict=True)])
        self._own = [(b.key, order.get(b.key), b) for b in binds if not b.required and b.key != TENANT]
        self._scoped = any(bind.key == TENANT for bind in binds)
        self.columns = [(column.keyname, column.type) for column in compiled._result_columns]
        self.keeps_text = dialect.name == "sqlite"
        """Whether the driver answers with ids and moments as the text they are kept as."""
        self.rows: Callable[[list[Any]], list[Any]] = (
            _row_maker(compiled, dialect) if compiled._result_columns else list
        )
        self.renders: dict[Any, Any] = {}
        """How pages of it become JSON, by view (shared.listing)."""

    def bind(self, params: Mapping[str, Any], tenant: Any, key: Any) -> tuple[str, Sequence[Any]]:
        """The text and the positional values for one execution; KeyError when a value is missing."""
        if self._expands:
            return self._expand({TENANT: tenant, **params}, key)
        if self._own or self._scoped:
            params = {**self._values(tenant, key), **params}
        return self.sql, self._gather(params)

    def bind_rows(self, rows: list[dict[str, Any]], tenant: Any, key: Any) -> list[tuple[Any, ...]]:
        """The positional values of many executions; what a row lacks comes from the statement."""
        gather = self._gather
        if self._own or self._scoped:
            own = self._values(tenant, key)
            return [gather({**own, **row}) for row in rows]
        return [gather(row) for row in rows]

    def _values(self, tenant: Any, key: Any) -> dict[str, Any]:
        """The values that came with the statement, and the tenant."""
        values = {
            name: bind.effective_value
            if position is None or key is None
            else key.bindparams[position].effective_value
            for name, position, bind in self._own
        }
        values[TENANT] = tenant
        return values

    def _expand(self, params: Mapping[str, Any], key: Any) -> tuple[str, Sequence[Any]]:
        extracted = key.bindparams if key is not None else None
        given = self._compiled.construct_params(
            dict(params), extracted_parameters=extracted, escape_names=False
        )
        lengths = tuple([len(given[name]) for name in self._lists])
        known = self._expansions.get(lengths)
        if known is None:
            known = self._expansion(given)
            if len(self._expansions) < EXPANSIONS_LIMIT:
                self._expansions[lengths] = known
        text, names = known
        values: list[Any] = []
        for name in names:
            process: Any = self._compiled._bind_processors.get(name)
            some = given[name] if name in self._lists else [given[name]]
            values += map(process, some) if process is not None else some
        return text, values

    def _expansion(self, given: Mapping[str, Any]) -> tuple[str, list[str]]:
        """The text for lists as long as those in `given`, and the parameters in the order of its places."""
        state = self._compiled.construct_expanded_state(dict(given), escape_names=False)
        origin = {each: name for name, many in state.parameter_expansion.items() for each in many}
        names: list[str] = []
        for name, places in groupby(origin.get(each, each) for each in state.positiontup or ()):
            length = len(given[name]) if name in self._lists else 1
            names += [name] * (len(list(places)) // length)  # the same list may come twice in a row
        return state.statement, names


def _gatherer(binds: list[tuple[str, Callable[[Any], Any] | None]]) -> Callable[[Mapping[str, Any]], Any]:
    """A function from a row's mapping to positional values, written out bind by bind."""
    names: dict[str, Any] = {}
    cells = []
    for i, (name, process) in enumerate(binds):
        names[f"p{i}"] = process
        cells.append(f"p{i}(m[{name!r}])," if process is not None else f"m[{name!r}],")
    gather: Callable[[Mapping[str, Any]], Any] = eval(f"lambda m: ({''.join(cells)})", names)  # noqa: S307 - own text only
    return gather


@lru_cache(maxsize=1000)
def _row_type(names: tuple[str, ...]) -> type[Any]:
    return namedtuple("Row", names, rename=True)


def _row_maker(compiled: SQLCompiler, dialect: sa.Dialect) -> Callable[[Any], list[Any]]:
    """A function from a driver's rows to named tuples, written out so that no column is looked at twice."""
    columns = compiled._result_columns
    row = _row_type(tuple(column.keyname for column in columns))
    scope: dict[str, Any] = {"row": row, "new": tuple.__new__}
    cells = []
    for i, column in enumerate(columns):
        process = column.type._cached_result_processor(dialect, None)
        if process is not None:
            scope[f"p{i}"] = process
        cells.append(f"p{i}(c{i})" if process is not None else f"c{i}")
    given = "".join(f"c{i}," for i in range(len(columns)))
    text = f"lambda rows: [new(row, ({', '.join(cells)},)) for {given} in rows]"
    maker: Callable[[Any], list[Any]] = eval(text, scope)  # noqa: S307 - own text only
    return maker


class Statements:
    """The compiled statements of one dialect."""

    def __init__(self, dialect: sa.Dialect) -> None:
        self.dialect = dialect
        self._constants: dict[tuple[int, tuple[str, ...] | None], tuple[Any, Prepared]] = {}
        self._by_structure: dict[Any, Prepared] = {}

    def prepare(self, statement: Any, columns: tuple[str, ...] | None = None) -> tuple[Prepared, Any]:
        """The compiled form of `statement` and the key its parameter values are taken from."""
        if is_constant(statement):
            known = self._constants.get((id(statement), columns))
            if known is None:
                known = (statement, self._compile(statement, columns, None))
                self._constants[id(statement), columns] = known
            return known[1], None
        key = statement._generate_cache_key()
        if key is None:
            return self._compile(statement, columns, None), None
        across = statement.get_execution_options().get("guildhall_across") is not None
        structure = (key.key, columns, across)
        prepared = self._by_structure.get(structure)
        if prepared is None:
            prepared = self._compile(statement, columns, key)
            if len(self._by_structure) >= CACHE_LIMIT:
                self._by_structure.clear()
            self._by_structure[structure] = prepared
        return prepared, key

    def _compile(self, statement: Any, columns: tuple[str, ...] | None, key: Any) -> Prepared:
        require_scope(statement)
        return Prepared(statement, self.dialect, list(columns) if columns is not None else None, key)


def require_scope(statement: Any) -> None:
    """Refuse a select, update or delete on tenant tables that lacks the tenant condition of one of them."""
    queried = statement.select if statement.is_insert else statement
    if queried is None or statement.get_execution_options().get("guildhall_across") is not None:
        return
    missing = sorted(table.name for table in _unscoped(queried))
    if missing:
        raise UnscopedStatement(f"no tenant condition on {', '.join(missing)}: add scope(...) or across(...)")


def _unscoped(statement: Any) -> set[sa.Table]:
    """The tenant tables in `statement` whose tenant it does not say, itself or by a tie to one that does."""
    tables: set[sa.Table] = set()
    scoped: set[sa.Table] = set()
    ties: list[tuple[sa.Table, sa.Table]] = []
    for element, holds in _elements(statement):
        if isinstance(element, sa.Table):
            tables.add(element)
        if holds and isinstance(element, sa.BinaryExpression) and element.operator.__name__ == "eq":
            for side, other in ((element.left, element.right), (element.right, element.left)):
                table, tied = _tenant_table(side), _tenant_table(other)
                if table is not None and isinstance(other, BindParameter) and other.key == TENANT:
                    scoped.add(table)
                elif table is not None and tied is not None:
                    ties.append((table, tied))
    for _ in ties:
        scoped |= {table for table, tied in ties if tied in scoped}
    return {table for table in tables if tenant_column(table) is not None and table not in scoped}


def _elements(statement: Any) -> Iterator[tuple[Any, bool]]:
    """Every part of the statement, and whether a condition there holds for every row: not below OR or NOT."""
    pending = [(statement, True)]
    while pending:
        element, holds = pending.pop()
        yield element, holds
        if isinstance(element, sa.SelectBase):
            holds = True  # a query within has rows of its own
        elif isinstance(element, sa.BooleanClauseList | sa.UnaryExpression):
            holds = holds and element.operator is operators.and_
        pending += [(child, holds) for child in element.get_children()]


def _tenant_table(element: Any) -> sa.Table | None:
    table = getattr(element, "table", None)
    if isinstance(table, sa.Alias):
        table = table.element
    if not isinstance(table, sa.Table):
        return None
    column = tenant_column(table)
    return table if column is not None and element.key == column.key else None
