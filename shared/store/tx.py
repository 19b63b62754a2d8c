"""The transaction as a handler sees it: rows, versions, facts and audit rows that commit together."""

import hashlib
import json
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol, TypeVar, overload
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.sql.expression import SelectOfScalar

from shared.clock import now
from shared.facts import PAYLOAD_LIMIT_BYTES, ActorRef, Fact
from shared.identity import NOBODY, Actor
from shared.paging import LIMIT, Page, StoredPage, keyset, read_cursor, write_cursor
from shared.problems import Conflict, NotFound, Problem, Stale, Unavailable
from shared.store import tables
from shared.store.columns import TENANT, tenant_column
from shared.store.statements import Statements, constant

M = TypeVar("M")
T = TypeVar("T")
R = TypeVar("R")
Params = Mapping[str, Any] | None
Work = Callable[["Tx"], Coroutine[Any, Any, R]]
GENESIS = "0" * 64


class ConstraintViolated(Conflict):
    """A database constraint refused the row and the handler named no problem for it."""

    title = "Conflicts with what is there"

    def __init__(self, constraint: str) -> None:
        super().__init__()
        self.constraint = constraint


class LockTimeout(Unavailable):
    """Somebody else held a row longer than `lock_timeout`."""

    title = "Unavailable for the moment"


class VersionsAndFactsDiffer(RuntimeError):
    """A handler raised an aggregate's version by another number than it published facts: a defect."""


class Driver(Protocol):
    """What a database connection does for a transaction; errors arrive as the kit's problems."""

    async def fetch(self, sql: str, values: Sequence[Any]) -> list[Any]: ...
    async def run(self, sql: str, values: Sequence[Any]) -> int: ...
    async def run_many(self, sql: str, rows: list[tuple[Any, ...]]) -> None: ...


@dataclass(slots=True)
class Context:
    """Who asks, in which community, and on which condition."""

    actor: Actor = NOBODY
    community_id: UUID | None = None
    expected_version: int | None = None
    """The version of If-Match; the first `lock` of the transaction compares it."""
    request_id: str | None = None
    causation_id: UUID | None = None
    stream_seq: int | None = None
    """Where the fact being applied stands in the stream; of several facts the last."""


@dataclass(slots=True)
class _Versions:
    """The versions one aggregate may give to the facts of this transaction."""

    next: int
    last: int


@dataclass(slots=True)
class _AuditEntry:
    community_id: UUID
    action: str
    resource: str
    reason: str | None


@dataclass(slots=True)
class Tx:
    """One transaction on either database. Only its own methods may be awaited inside a handler."""

    driver: Driver
    statements: Statements
    context: Context
    secret: bytes = b""
    """Signs cursors; the same in every replica of a service."""
    now: datetime = field(default_factory=now)
    facts: list[Fact] = field(default_factory=list)
    _versions: dict[tuple[str, UUID], _Versions] = field(default_factory=dict)
    _audit: list[_AuditEntry] = field(default_factory=list)
    _actor_ref: ActorRef | None = None

    @property
    def actor(self) -> Actor:
        return self.context.actor

    @property
    def community_id(self) -> UUID | None:
        return self.context.community_id

    def within(self, community_id: UUID | None) -> None:
        """From here on `scope` means this community (consumers that apply facts of several)."""
        self.context.community_id = community_id

    # -- statements --------------------------------------------------------------------------------------

    @overload
    async def all(self, statement: SelectOfScalar[T], params: Params = None) -> list[T]: ...
    @overload
    async def all(self, statement: sa.Executable, params: Params = None) -> list[Any]: ...
    async def all(self, statement: Any, params: Params = None) -> list[Any]:
        """Every row, as immutable named tuples that carry the model's columns."""
        prepared, key = self.statements.prepare(statement)
        sql, values = prepared.bind(params or {}, self.context.community_id, key)
        return prepared.rows(await self.driver.fetch(sql, values))

    @overload
    async def first(self, statement: SelectOfScalar[T], params: Params = None) -> T | None: ...
    @overload
    async def first(self, statement: sa.Executable, params: Params = None) -> Any: ...
    async def first(self, statement: Any, params: Params = None) -> Any:
        """The first row, or None."""
        rows = await self.all(statement, params)
        return rows[0] if rows else None

    @overload
    async def one(
        self, statement: SelectOfScalar[T], params: Params = None, *, otherwise: type[Problem] = NotFound
    ) -> T: ...
    @overload
    async def one(
        self, statement: sa.Executable, params: Params = None, *, otherwise: type[Problem] = NotFound
    ) -> Any: ...
    async def one(self, statement: Any, params: Params = None, *, otherwise: type[Problem] = NotFound) -> Any:
        """The row; `otherwise` is raised when there is none."""
        row = await self.first(statement, params)
        if row is None:
            raise otherwise
        return row

    async def execute(
        self, statement: sa.Executable, params: Mapping[str, Any] | list[dict[str, Any]] | None = None
    ) -> int:
        """Insert, update or delete; the number of rows touched, or -1 for a list of parameter sets."""
        if isinstance(params, list):
            if params:
                await self._execute_many(statement, params)
            return -1
        columns = tuple(params) if params and getattr(statement, "is_insert", False) else None
        prepared, key = self.statements.prepare(statement, columns)
        sql, values = prepared.bind(params or {}, self.context.community_id, key)
        return await self.driver.run(sql, values)

    async def _execute_many(self, statement: sa.Executable, rows: list[dict[str, Any]]) -> None:
        columns = tuple(rows[0]) if getattr(statement, "is_insert", False) else None
        prepared, key = self.statements.prepare(statement, columns)
        await self.driver.run_many(prepared.sql, prepared.bind_rows(rows, self.context.community_id, key))

    def upsert(self, model: type[Any] | sa.Table) -> Any:
        """`INSERT` of this database's dialect: has `on_conflict_do_nothing` and `on_conflict_do_update`."""
        table = model if isinstance(model, sa.Table) else model.__table__
        if self.statements.dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import insert as postgres_insert

            return postgres_insert(table)
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert(table)

    async def page(
        self,
        statement: SelectOfScalar[T],
        params: Mapping[str, Any] | None = None,
        *,
        by: Sequence[Any],
        limit: int,
        cursor: str | None,
        descending: bool = False,
    ) -> Page[T]:
        """At most `limit` rows after `cursor` in the order of `by` (the last column unique, none null)."""
        paged = keyset(statement, tuple(by), descending, cursor is not None)
        given = {**(params or {}), LIMIT: limit + 1}
        if cursor is not None:
            given |= read_cursor(self.secret, cursor, self._cursor_binding(statement, params), by)
        prepared, key = self.statements.prepare(paged)
        sql, values = prepared.bind(given, self.context.community_id, key)
        raw = await self.driver.fetch(sql, values)
        if len(raw) <= limit:
            return StoredPage(prepared, raw, None)  # type: ignore[return-value]  # has what a page has
        del raw[limit:]
        last = prepared.rows(raw[-1:])[0]
        following = write_cursor(self.secret, last, self._cursor_binding(statement, params), by)
        return StoredPage(prepared, raw, following)  # type: ignore[return-value]

    def _cursor_binding(self, statement: Any, params: Mapping[str, Any] | None) -> str:
        """What a cursor is good for: this caller, this community, this list with these filters."""
        prepared, key = self.statements.prepare(statement)
        _, values = prepared.bind(params or {}, self.context.community_id, key)
        return f"{self.actor.kind}:{self.actor.id}|{prepared.tag}|{values}"

    # -- rows and versions -------------------------------------------------------------------------------

    async def insert(self, rows: Any, *, conflicts: Mapping[str, type[Problem]] | None = None) -> None:
        """Insert one row or a list of rows of one table; `conflicts` names the problem of a constraint."""
        many = rows if isinstance(rows, list) else [rows]
        if not many:
            return
        table: sa.Table = type(many[0]).__table__
        given = [row.__dict__ for row in many]
        self._require_own(table, given)
        try:
            await self._insert(_insert_into(table), given)
        except ConstraintViolated as violated:
            for name, problem in (conflicts or {}).items():
                if violated.constraint in (name, f"{table.name}_{name}"):
                    raise problem from violated
            raise
        if "version" in given[0]:
            for row in given:
                self._versions[table.name, row["id"]] = _Versions(next=1, last=row["version"])

    async def _insert(self, statement: sa.Insert, rows: list[dict[str, Any]]) -> None:
        """Insert rows that name the same columns."""
        prepared, _ = self.statements.prepare(statement, tuple(rows[0]))
        if len(rows) == 1:
            sql, values = prepared.bind(rows[0], None, None)
            await self.driver.run(sql, values)
        else:
            await self.driver.run_many(prepared.sql, prepared.bind_rows(rows, None, None))

    def _require_own(self, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> None:
        column = tenant_column(table)
        tenant = self.context.community_id
        if column is None or tenant is None:
            return
        name = column.key
        for row in rows:
            if row[name] != tenant:
                raise ValueError(f"a row of {table.name} for another community")

    async def lock(
        self, model: type[M], id: UUID, *, facts: int = 1, otherwise: type[Problem] = NotFound, **changes: Any
    ) -> M:
        """Raise the version by `facts`, apply `changes`, keep the row locked until commit; the new row.

        The first `lock` of a request with If-Match compares the version: `Stale` when another one is there.
        """
        expected, self.context.expected_version = self.context.expected_version, None
        statement = _locking_update(_table(model), tuple(changes), expected is not None)
        given = {"_id": id, "_facts": facts, "_now": self.now, "_expected": expected}
        row: Any = await self.first(
            statement, given | {f"set_{name}": value for name, value in changes.items()}
        )
        if row is None:
            if expected is not None and await self.first(_exists(_table(model)), {"_id": id}) is not None:
                raise Stale
            raise otherwise
        self._raised(model, row, facts)
        return row  # type: ignore[no-any-return]

    async def lock_all(self, model: type[Any], ids: Sequence[UUID], **changes: Any) -> None:
        """What `lock` does, to several rows by one statement, for one fact each; those missing stay out."""
        given = {"_ids": ids, "_facts": 1, "_now": self.now}
        given |= {f"set_{name}": value for name, value in changes.items()}
        for row in await self.all(_locking_updates(_table(model), tuple(changes)), given):
            self._raised(model, row, 1)

    def _raised(self, model: type[Any], row: Any, facts: int) -> None:
        """Remember the versions that facts are to be published for."""
        known = self._versions.get((_table(model).name, row.id))
        if known is not None:
            known.last = row.version
        elif facts:
            versions = _Versions(next=row.version - facts + 1, last=row.version)
            self._versions[_table(model).name, row.id] = versions

    def require_version(self, version: int) -> None:
        """Compare If-Match with a row held before it is known what changes: `Stale` when it differs."""
        expected, self.context.expected_version = self.context.expected_version, None
        if expected not in (None, version):
            raise Stale

    async def update(self, model: type[M], id: UUID, **changes: Any) -> M:
        """Apply `changes` to a row this transaction has locked or inserted; the new row."""
        statement = _plain_update(_table(model), tuple(changes))
        row: M = await self.one(
            statement, {"_id": id} | {f"set_{name}": value for name, value in changes.items()}
        )
        return row

    # -- facts and audit ---------------------------------------------------------------------------------

    def publish(self, fact: Fact) -> None:
        """Record `fact` with the aggregate's next version; it leaves only when this transaction commits."""
        aggregate = (fact.aggregate, fact.aggregate_id)
        versions = self._versions.get(aggregate)
        if versions is None:
            versions = self._versions[aggregate] = _Versions(next=1, last=0)
        if versions.last == 0:
            version = versions.next
        elif versions.next > versions.last:
            raise VersionsAndFactsDiffer(f"more facts than versions of {fact.aggregate} {fact.aggregate_id}")
        else:
            version = versions.next
        versions.next += 1
        if fact.actor is None:
            self._actor_ref = self._actor_ref or ActorRef(kind=self.actor.kind, id=self.actor.id)
        # The envelope of a frozen fact is completed here, once, before anybody else sees it.
        fact.__dict__.update(
            aggregate_version=version,
            actor=fact.actor or self._actor_ref,
            correlation_id=self.context.request_id,
            causation_id=self.context.causation_id,
        )
        self.facts.append(fact)

    def told_by(self, who: ActorRef) -> None:
        """From here on facts that name no actor name `who`, as imports do; the audit log goes on naming the
        caller."""
        self._actor_ref = who

    def audit(
        self, action: str, resource: Any, *, reason: str | None = None, community_id: UUID | None = None
    ) -> None:
        """Add a row to the community's hash-chained log: who did what to which resource, by ids."""
        owner = community_id or self.context.community_id
        if owner is None:
            raise ValueError("an audit row belongs to a community")
        self._audit.append(_AuditEntry(owner, action, str(resource), reason))

    async def complete(self) -> None:
        """Write facts and audit rows; called by the unit of work after the handler, before the commit."""
        for (name, id_), versions in self._versions.items():
            if versions.last and versions.next != versions.last + 1:
                raise VersionsAndFactsDiffer(
                    f"{name} {id_} is at {versions.last}, facts reach {versions.next - 1}"
                )
        if self.facts:
            await self._insert(_OUTBOX_INSERT, [self._outbox_row(fact) for fact in self.facts])
        for entry in self._audit:
            await self._append_audit(entry)

    def _outbox_row(self, fact: Fact) -> dict[str, Any]:
        payload = fact.__pydantic_serializer__.to_json(fact)
        if len(payload) > PAYLOAD_LIMIT_BYTES:
            raise ValueError(f"{fact.fact_name} is larger than {PAYLOAD_LIMIT_BYTES} bytes")
        return {
            "fact_id": fact.fact_id,
            "community_id": fact.community_id,
            "aggregate_type": fact.aggregate,
            "aggregate_id": fact.aggregate_id,
            "aggregate_version": fact.aggregate_version,
            "subject": fact.subject,
            "payload": payload.decode(),
            "recorded_at": self.now,
        }

    async def _append_audit(self, entry: _AuditEntry) -> None:
        start = {"community_id": entry.community_id, "seq": 0, "hash": GENESIS}
        dialect = self.statements.dialect.name
        if dialect not in _AUDIT_HEAD_LOCKS:
            _AUDIT_HEAD_LOCKS[dialect] = constant(_audit_head_lock(self.upsert))
        previous: Any = await self.one(_AUDIT_HEAD_LOCKS[dialect], start)
        row = {
            "community_id": entry.community_id,
            "seq": previous.seq,
            "at": self.now,
            "actor_kind": self.actor.kind,
            "actor_id": self.actor.id,
            "action": entry.action,
            "resource": entry.resource,
            "reason": entry.reason,
            "request_id": self.context.request_id,
            "prev_hash": previous.hash,
        }
        row["hash"] = chain_hash(row)
        await self.execute(_AUDIT_INSERT, row)
        await self.execute(_AUDIT_HEAD_UPDATE, {"_community": entry.community_id, "_hash": row["hash"]})


def chain_hash(row: Mapping[str, Any]) -> str:
    """SHA-256 over the previous hash and the canonical row."""
    content = {key: value for key, value in row.items() if key != "hash"}
    content["at"] = content["at"].isoformat(timespec="microseconds")
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


_OUTBOX_INSERT = constant(sa.insert(tables.outbox))
_AUDIT_INSERT = constant(sa.insert(tables.audit))
_AUDIT_HEAD_UPDATE = constant(
    sa.update(tables.audit_head)
    .where(tables.audit_head.c.community_id == sa.bindparam("_community"))
    .values(hash=sa.bindparam("_hash"))
)


_AUDIT_HEAD_LOCKS: dict[str, Any] = {}


def _audit_head_lock(upsert: Callable[[sa.Table], Any]) -> Any:
    """Create or advance the chain's head; the row stays locked, so appends of one community queue up."""
    head = tables.audit_head
    statement = upsert(head).values(
        community_id=sa.bindparam("community_id"), seq=sa.bindparam("seq") + 1, hash=sa.bindparam("hash")
    )
    return statement.on_conflict_do_update(
        index_elements=["community_id"], set_={"seq": head.c.seq + 1}
    ).returning(head.c.seq, head.c.hash)


@lru_cache(maxsize=500)
def _insert_into(table: sa.Table) -> sa.Insert:
    return constant(sa.insert(table))


def _table(model: type[Any]) -> sa.Table:
    table: sa.Table = model.__table__
    return table


def _this_row(table: sa.Table) -> sa.ColumnElement[bool]:
    own = table.c.id == sa.bindparam("_id", type_=table.c.id.type)
    tenant = tenant_column(table)
    return own if tenant is None else sa.and_(own, tenant == sa.bindparam(TENANT, type_=tenant.type))


def _changes(table: sa.Table, names: Sequence[str]) -> dict[str, Any]:
    return {name: sa.bindparam(f"set_{name}", type_=table.c[name].type) for name in names}


def _raising(table: sa.Table, names: tuple[str, ...]) -> dict[str, Any]:
    facts = sa.bindparam("_facts", type_=sa.Integer())
    values = {"version": table.c.version + facts, **_changes(table, names)}
    if "updated_at" in table.c and "updated_at" not in names:
        values["updated_at"] = sa.bindparam("_now", type_=table.c.updated_at.type)
    return values


@lru_cache(maxsize=1000)
def _locking_updates(table: sa.Table, names: tuple[str, ...]) -> Any:
    of_these = table.c.id.in_(sa.bindparam("_ids", type_=table.c.id.type, expanding=True))
    statement = sa.update(table).where(of_these).values(_raising(table, names))
    tenant = tenant_column(table)
    if tenant is not None:
        statement = statement.where(tenant == sa.bindparam(TENANT, type_=tenant.type))
    return constant(statement.returning(table.c.id, table.c.version))


@lru_cache(maxsize=1000)
def _locking_update(table: sa.Table, names: tuple[str, ...], compares: bool) -> Any:
    statement = sa.update(table).where(_this_row(table)).values(_raising(table, names)).returning(*table.c)
    if compares:
        statement = statement.where(table.c.version == sa.bindparam("_expected", type_=sa.Integer()))
    return constant(statement)


@lru_cache(maxsize=1000)
def _plain_update(table: sa.Table, names: tuple[str, ...]) -> Any:
    return constant(
        sa.update(table).where(_this_row(table)).values(_changes(table, names)).returning(*table.c)
    )


@lru_cache(maxsize=500)
def _exists(table: sa.Table) -> Any:
    return constant(sa.select(table.c.id).where(_this_row(table)))
