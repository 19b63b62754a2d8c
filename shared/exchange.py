"""One request under way: who asks, and the unit of work its endpoint runs in."""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import Depends, Request
from starlette.types import Scope

from shared import idempotency
from shared.answers import Rendered
from shared.dialects import Dialect
from shared.identity import Actor
from shared.problems import Forbidden, NotFound, Problem
from shared.store.store import Store
from shared.store.tx import Context, Tx
from shared.tokens import Caller, token_of

Handler = Callable[..., Awaitable[Any]]


class Guarded(Protocol):
    """What an exchange asks of its route."""

    versioned: bool
    of_caller: bool
    dialect: Dialect

    def admit(self, caller: Caller, community_id: UUID | None, service: str) -> None: ...
    def render(self, result: Any) -> Rendered: ...


class Exchange:
    """One request under way: who asks, on which runtime, and how its answer is rendered."""

    __slots__ = ("body", "caller", "context", "if_none_match", "key", "refusal", "route", "runtime", "scope")

    def __init__(self, route: Guarded, scope: Scope, headers: dict[bytes, bytes]) -> None:
        self.route = route
        self.scope = scope
        self.body = b""
        self.runtime = scope["app"].state.runtime
        self.caller: Caller = self.runtime.verifier.verify(token_of(headers.get(b"authorization")))
        community_id = self.caller.actor.community_id if route.of_caller else _community(scope["path_params"])
        self.key = (
            idempotency.checked(_text(headers.get(b"idempotency-key"))) if scope["method"] == "POST" else None
        )
        self.refusal: Problem | None = None
        try:
            route.admit(self.caller, community_id, self.runtime.name)
        except (Forbidden, NotFound) as refusal:
            if self.key is None:
                raise
            self.refusal = refusal  # unless it repeats a request that took the right away, as leaving does
        expected = (
            route.dialect.expected_version(_text(headers.get(b"if-match"))) if route.versioned else None
        )
        self.if_none_match = _text(headers.get(b"if-none-match"))
        request_id = _text(headers.get(b"x-request-id"))
        actor = self.caller.actor
        self.context = Context(actor, community_id, expected, request_id[:100] if request_id else None)

    async def write(self, handler: Handler, *args: Any) -> Any:
        """Run `handler(tx, actor, *args)` in one transaction; the rendered answer, after the commit."""

        async def work(tx: Tx) -> Rendered:
            principal = idempotency.principal_of(tx.actor)
            if self.key is not None:
                stored = await idempotency.take(tx, principal, self.key, self._fingerprint())
                if stored is not None:
                    return _again(stored)
            answer = self.route.render(await handler(tx, tx.actor, *args))
            if self.key is not None:
                await idempotency.finish(
                    tx, principal, self.key, answer.status_code, answer.named_headers, bytes(answer.body)
                )
            return answer

        return await self.runtime.store.write(work, self.context)

    async def repeated(self) -> Rendered:
        """The answer this very request had when it was still allowed; else the refusal is raised."""
        principal, key = idempotency.principal_of(self.caller.actor), self.key or ""

        async def work(tx: Tx) -> Any:
            return await idempotency.find(tx, principal, key)

        stored = await self.runtime.store.read(work, self.context)
        if stored is None or stored.fingerprint != self._fingerprint():
            raise self.refusal or NotFound
        return _again(stored)

    async def read(self, handler: Handler, *args: Any, long: bool = False) -> Any:
        """Run `handler(tx, actor, *args)` on a read-only snapshot; `long` keeps it off the event loop."""

        async def work(tx: Tx) -> Any:
            return await handler(tx, tx.actor, *args)

        return await self.runtime.store.read(work, self.context, long=long)

    def _fingerprint(self) -> str:
        scope = self.scope
        return idempotency.fingerprint(scope["method"], scope["path"], scope["query_string"], self.body)


def _again(stored: Any) -> Rendered:
    return Rendered(stored.status, stored.headers, bytes(stored.body))


def _exchange(request: Request) -> Exchange:
    exchange: Exchange = request.scope["guildhall.exchange"]
    return exchange


def _write_of(request: Request) -> Any:
    return _exchange(request).write


def _read_of(request: Request) -> Any:
    return _exchange(request).read


def _actor_of(request: Request) -> Actor:
    return _exchange(request).caller.actor


def _known_of(request: Request) -> str:
    return _exchange(request).if_none_match or ""


def _store_of(request: Request) -> Store:
    return _exchange(request).runtime.store  # type: ignore[no-any-return]


Write = Annotated[Any, Depends(_write_of)]
Read = Annotated[Any, Depends(_read_of)]
Acting = Annotated[Actor, Depends(_actor_of)]
Known = Annotated[str, Depends(_known_of)]
"""The entity tags the caller has (If-None-Match), for an answer that is not worth making for nothing."""
Stored = Annotated[Store, Depends(_store_of)]
"""The service's store, for what is noted beside an answer (shared.batches)."""
PROVIDED: dict[Any, Callable[[Exchange], Any]] = {
    _write_of: lambda exchange: exchange.write,
    _read_of: lambda exchange: exchange.read,
    _actor_of: lambda exchange: exchange.caller.actor,
    _known_of: lambda exchange: exchange.if_none_match or "",
    _store_of: lambda exchange: exchange.runtime.store,
}


def _community(path_params: dict[str, Any]) -> UUID | None:
    """The community of the path; an id that is none is as missing as an unknown one."""
    value = path_params.get("community_id")
    try:
        return None if value is None else _id(value)
    except ValueError as error:
        raise NotFound from error


@lru_cache(maxsize=5000)
def _id(text: str) -> UUID:
    """The same few communities are asked for again and again."""
    return UUID(text)


def _text(value: bytes | None) -> str | None:
    return value.decode("latin-1") if value is not None else None
