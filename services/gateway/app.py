"""Gateway: the front door: who is calling, how often, to which service; and views that need several."""

from starlette.types import Receive, Scope, Send

from services.gateway import (
    create_client,
    docs,
    home,
    models,
    privacy,
    read_clients,
    revoke_client,
    rotate_client,
    status,
)
from services.gateway.edge import Edge
from services.gateway.runtime import GatewayRuntime
from shared.app import Service, create_app
from shared.settings import settings

service = Service(
    name="gateway",
    base=models.Base,
    slices=[create_client, read_clients, rotate_client, revoke_client, home, status, privacy],
)
app = create_app(service, runtime=lambda service: GatewayRuntime(service, own))
app.router.routes += docs.documentation(settings())
_stack = app.build_middleware_stack()


async def own(scope: Scope, receive: Receive, send: Send) -> None:
    """The gateway's own endpoints, on whichever listener they are asked."""
    scope["app"] = app
    await _stack(scope, receive, send)


async def door(scope: Scope, receive: Receive, send: Send) -> None:
    """HTTP goes through the front, which asks `own` where the gateway answers itself."""
    if scope["type"] == "http":
        await app.state.runtime.front(scope, receive, send)
    else:
        await own(scope, receive, send)


app.middleware_stack = door
app.state.protocol = Edge
