"""What the running gateway holds open: the front door and all it is made of."""

import asyncio
from time import monotonic
from typing import Any

import structlog
from starlette.types import ASGIApp

from services.gateway.actors import Actors, Standing
from services.gateway.addresses import Addresses
from services.gateway.admin import AdminListener, has_own_listener, open_paths
from services.gateway.body import Bodies
from services.gateway.client_community import ClientCommunity
from services.gateway.cors import Cors
from services.gateway.existing import existing_services
from services.gateway.forward import Request, forward
from services.gateway.front import OPEN, Front
from services.gateway.issuers import issuers
from services.gateway.key_holders import KeyHolders
from services.gateway.limits import Limits
from services.gateway.listening import listen
from services.gateway.openapi import public_routes
from services.gateway.owner_key import owner_key
from services.gateway.principals import Principals
from services.gateway.routes import Routes
from services.gateway.status import missing
from services.gateway.upstream import Upstream
from services.gateway.vouching import Vouching
from shared.app import Runtime, Service
from shared.identity import service_actor
from shared.problems import Unavailable
from shared.tokens import Minter

BODY_LIMIT_BYTES = 10_000_000
"""The largest any route takes; each service refuses what is too large for one of its own."""

ACTOR_SECONDS = 2.0

log = structlog.get_logger("gateway")


class GatewayRuntime(Runtime):
    """A service's runtime with the other services behind it; `own` is the gateway's own application."""

    def __init__(self, service: Service, own: ASGIApp) -> None:
        super().__init__(service)
        self._own = own
        self._itself = Standing(service_actor(service.name), 0.0, 0.0)
        self._admin = AdminListener(own, self.settings) if has_own_listener(self.settings) else None

    async def start(self) -> None:
        """Open everything; no other service is waited for."""
        apps = existing_services()
        others = [name for name in apps if name != self.name]
        self.upstreams = {name: Upstream(name, self.settings.url_of(name)) for name in others}
        believed, self._outside = issuers(self.settings)
        limits = Limits(self.settings.rate_limit_per_second, self.settings.rate_limit_burst)
        self._vouching = Vouching(Minter(self.name, self.keys))
        self._actors = Actors(self._ask_membership)
        routes = {name: public_routes(app) for name, app in apps.items()}
        templates = {name: [route.path for route in those] for name, those in routes.items()}
        by_token = {r.path for those in routes.values() for r in those if r.declared.by_token}
        self.front = Front(
            own=self._own,
            routes=Routes(templates | {OPEN: open_paths(self.settings)}, by_token),
            upstreams=self.upstreams,
            principals=Principals(
                owner_key(self.settings), believed, KeyHolders(self.store, self.settings.env).of, limits
            ),
            actors=self._actors,
            vouching=self._vouching,
            client_community=ClientCommunity(self.store),
            limits=limits,
            bodies=Bodies(BODY_LIMIT_BYTES),
            cors=Cors(self.settings.cors_origins.split(",")),
            addresses=Addresses(self.settings.trusted_proxies.split(",")),
        )
        await super().start()
        self._tasks.append(asyncio.create_task(listen(self.broker, self._actors)))
        if self._admin is not None:
            self._admin.start()

    async def stop(self) -> None:
        """Close everything; requests under way have been answered."""
        if self._admin is not None:
            await self._admin.stop()
        await super().stop()
        for upstream in self.upstreams.values():
            upstream.close()
        if self._outside is not None:
            await self._outside.aclose()

    async def _ask_membership(self, question: bytes) -> bytes:
        """Membership's answer about an actor; asked again when it restarts, as asking twice does no harm."""
        vouched = self._vouching.header(self._itself, "membership", monotonic())
        request = Request(
            b"actors",
            "POST",
            b"/internal/actors",
            {b"content-type": b"application/json"},
            question,
            deadline_seconds=ACTOR_SECONDS,
            repeatable=True,
        )
        answer = await forward(request, self.upstreams["membership"], vouched)
        if answer.status != 200:
            log.error("actors_refused", status=answer.status)
            raise Unavailable
        return bytes(answer.body)

    async def readiness(self) -> tuple[bool, dict[str, Any]]:
        """Whether the gateway serves; a service that is missing behind it is named, the others go on."""
        ready, state = await super().readiness()
        gone = await missing(self.upstreams)
        status = {"status": "degraded"} if ready and gone else {}
        return ready, state | status | {"missing": gone}
