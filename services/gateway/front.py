"""The front door: every request in -> who, how often, to which service -> that service's answer."""

from dataclasses import dataclass, field
from time import monotonic, perf_counter

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.actors import Actors, Standing, id_of
from services.gateway.addresses import Addresses
from services.gateway.body import Bodies, ClientGone
from services.gateway.client_community import ClientCommunity
from services.gateway.cors import Cors
from services.gateway.forward import SAFE, Request, forward
from services.gateway.limits import Limits
from services.gateway.own import ask_own
from services.gateway.pool import Response
from services.gateway.principals import Principal, Principals
from services.gateway.provisioning import community_of
from services.gateway.request_ids import RequestIds
from services.gateway.routes import Found, Routes
from services.gateway.upstream import Upstream
from services.gateway.vouching import Vouching
from shared.dialects import ROOT_OF_SCIM, Dialect, dialect_of
from shared.identity import Actor
from shared.problems import Forbidden, InternalError, NotFound, Problem, Unauthorised
from shared.telemetry import HttpMeter

OWN, OPEN = "gateway", "open"
"""Who answers the gateway's own endpoints: those that need a caller, and those open to anybody."""

log = structlog.get_logger("front")


@dataclass(kw_only=True, slots=True)
class Front:
    """What stands before the services. Per request it only looks things up; what it looks up, others made."""

    own: ASGIApp
    routes: Routes
    upstreams: dict[str, Upstream]
    principals: Principals
    actors: Actors
    vouching: Vouching
    client_community: ClientCommunity
    limits: Limits
    bodies: Bodies
    cors: Cors
    addresses: Addresses
    request_ids: RequestIds = field(default_factory=RequestIds)
    _meters: dict[str, HttpMeter] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request, whatever happens."""
        started = perf_counter()
        headers = dict(scope["headers"])
        request_id = self.request_ids.of(headers.get(b"x-request-id"))
        origin = headers.get(b"origin")
        added = [(b"x-request-id", request_id), *(self.cors.headers(origin) if origin is not None else ())]
        found = self.routes.find(scope["path"])
        try:
            if origin is not None and b"access-control-request-method" in headers:
                answer = Response(204, self.cors.preflight(origin), b"")
            elif found is None:
                raise NotFound
            else:
                answer = await self._answer(found, scope, headers, receive, request_id)
        except ClientGone:
            return
        except Problem as problem:
            answer = _rendered(problem, dialect_of(scope["path"]))
        except Exception as error:  # whatever it is, the caller gets a problem and we a log line
            log.exception("unexpected_error", error=type(error).__name__, request_id=request_id.decode())
            answer = _rendered(InternalError(), dialect_of(scope["path"]))
        await send(
            {"type": "http.response.start", "status": answer.status, "headers": answer.headers + added}
        )
        await send({"type": "http.response.body", "body": answer.body})
        self._observe(found, scope["method"], answer.status, perf_counter() - started)

    async def _answer(
        self, found: Found, scope: Scope, headers: dict[bytes, bytes], receive: Receive, request_id: bytes
    ) -> Response:
        target = scope["raw_path"]
        if scope["query_string"]:
            target = b"%b?%b" % (target, scope["query_string"])
        if found.service == OPEN:
            request = Request(request_id, scope["method"], target, headers)
            return await ask_own(self.own, scope, request, b"", "")
        moment = monotonic()
        if found.by_token:
            request = Request(request_id, scope["method"], target, headers)
            return await self._unnamed(found, scope, request, moment)
        principal = await self._admitted(scope, headers, moment)
        body = await self.bodies.read(headers, receive)
        try:
            request = Request(request_id, scope["method"], target, headers, body)
            return await self._asked(found, scope, request, principal, moment)
        finally:
            self.bodies.done(body)

    async def _admitted(self, scope: Scope, headers: dict[bytes, bytes], moment: float) -> Principal:
        """Who calls, unless too often; failing to sign in too often from one address counts as well."""
        try:
            principal = await self.principals.of(headers.get(b"authorization"), moment)
        except Unauthorised:
            bucket = self.limits.of(self.addresses.of(scope, headers), moment)
            if wait := bucket.take(moment):
                raise self.limits.refusal(wait) from None
            raise
        if wait := principal.bucket.take(moment):
            raise self.limits.refusal(wait)
        return principal

    async def _unnamed(self, found: Found, scope: Scope, request: Request, moment: float) -> Response:
        """The answer for somebody who has nothing but a token in the query, which the service looks at."""
        bucket = self.limits.of(self.addresses.of(scope, request.headers), moment)
        if wait := bucket.take(moment):
            raise self.limits.refusal(wait)
        nobody = Actor(kind="person", id="nobody", community_id=id_of(found.community))
        vouched = self.vouching.fresh(nobody, found.service)
        return await forward(request, self.upstreams[found.service], vouched)

    async def _asked(
        self, found: Found, scope: Scope, request: Request, principal: Principal, moment: float
    ) -> Response:
        """The service's answer; before a refusal is passed on, the caller's roles are looked up once more."""
        community = found.community
        if found.service == OWN and not community:
            community = await self.client_community.of(scope["path"], scope["query_string"], request.body)
        elif not community and scope["path"].startswith(ROOT_OF_SCIM):
            community = community_of(principal, scope["query_string"])
        if principal.client is not None and not community and request.method not in SAFE:
            raise Forbidden("this key is bound to one community")
        standing = await self.actors.of(principal, community, moment)
        answer = await self._pass(found.service, scope, request, standing, community)
        if answer.status in (403, 404) and principal.kind == "person" and standing.since < moment:
            renewed = await self.actors.again(principal, community)
            if renewed.actor != standing.actor:
                answer = await self._pass(found.service, scope, request, renewed, community)
        elif found.service == "membership" and request.method not in SAFE and answer.status < 300:
            self.actors.forget_standing(principal, community)
            self.actors.forget_path(scope["path"], community)
        elif found.service == OWN and request.method not in SAFE:
            self.principals.forget_path(scope["path"])
        return answer

    async def _pass(
        self,
        service: str,
        scope: Scope,
        request: Request,
        standing: Standing,
        community: str,
    ) -> Response:
        authorization = self.vouching.header(standing, service, monotonic())
        if service != OWN:
            return await forward(request, self.upstreams[service], authorization)

        async def part(asked: str, target: bytes, deadline_seconds: float) -> Response:
            """One part of an aggregated view, asked in the caller's name."""
            inner = Request(request.id, "GET", target, {}, deadline_seconds=deadline_seconds)
            vouched = self.vouching.header(standing, asked, monotonic())
            return await forward(inner, self.upstreams[asked], vouched)

        return await ask_own(
            self.own,
            scope,
            request,
            authorization,
            community,
            **{"guildhall.part": part},
        )

    def _observe(self, found: Found | None, method: str, status: int, seconds: float) -> None:
        route = found.service if found is not None else "none"
        meter = self._meters.get(route)
        if meter is None:
            meter = self._meters[route] = HttpMeter(route)
        meter.observe(method, status, seconds)


def _rendered(problem: Problem, dialect: Dialect) -> Response:
    headers = [(b"content-type", dialect.problem_type.encode()), (b"cache-control", b"no-store")]
    headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in problem.headers.items()]
    status, body = dialect.refusal(problem)
    return Response(status, [*headers, (b"content-length", b"%d" % len(body))], body)
