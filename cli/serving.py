"""The services as processes: import their code once, serve one, tell whether it is ready."""

import gc
import http.client
from importlib import import_module
from typing import Any

from shared.settings import settings

GRACE_SECONDS = 5
"""How long requests under way may take to finish once a service was told to stop."""


def import_apps(names: tuple[str, ...]) -> dict[str, Any]:
    """The services' ASGI apps.

    What is imported here is shared by the forked processes: their garbage collectors never look at it, which
    would copy its pages.
    """
    gc.disable()
    for module in ("uvicorn.loops.uvloop", "uvicorn.lifespan.on", "uvicorn.protocols.http.httptools_impl"):
        import_module(module)
    apps = {name: import_module(f"services.{name}.app").app for name in names}
    gc.freeze()  # without collecting first, which takes a tenth of a second and saves nothing
    gc.enable()
    return apps


def serve(name: str, app: Any) -> None:
    """Serves one app until SIGTERM; requests under way finish."""
    import uvicorn

    config = uvicorn.Config(
        app,
        host=settings().host,
        port=settings().port_of(name),
        loop="uvloop",
        http=getattr(app.state, "protocol", "httptools"),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    server.run()
    if not server.started:
        raise SystemExit(1)


def address() -> str:
    """Where this machine reaches what listens on HOST."""
    host = settings().host
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - recognised, not bound


def is_ready(name: str) -> bool:
    """What the service's `/readyz` says."""
    connection = http.client.HTTPConnection(address(), settings().health_port_of(name), timeout=1)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
