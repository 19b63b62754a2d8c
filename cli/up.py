"""`guildhall up`: broker and services in the foreground, forked from a parent that imported the code once."""

import errno
import fcntl
import gc
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from pydantic import ValidationError

from cli.supervisor import Child, Supervisor
from shared import crash, telemetry
from shared.broker import Broker, BrokerMissing
from shared.settings import settings

SERVICES = ("gateway", "membership", "engagement", "metrics")
"""The services that exist, in the order of their ports."""

READY_SECONDS = 30.0
LOCK_SECONDS = 1.0
WRONG_USAGE = 2
GATEWAY_RANK, SERVICE_RANK, BROKER_RANK = range(3)

log = structlog.get_logger("guildhall.up")


class CannotStart(Exception):
    """Why nothing was started, in one line for the operator."""


def up(
    services: Annotated[list[str] | None, typer.Argument(help="Only these services; all without.")] = None,
) -> None:
    """Run Guildhall in the foreground until Ctrl-C: the broker and every service, ready in about a second.

    Exit code 0 after a requested stop, 1 when something did not come up, 2 when nothing could be started.
    """
    try:
        raise typer.Exit(run(tuple(services or SERVICES)))
    except (CannotStart, BrokerMissing) as reason:
        print(f"guildhall: {reason}", file=sys.stderr)  # noqa: T201 - one line for the operator
        raise typer.Exit(WRONG_USAGE) from None


def run(names: tuple[str, ...]) -> int:
    """Checks what could be in the way, then runs until told to stop; the exit code."""
    began = time.monotonic()
    names = tuple(name for name in SERVICES if name in _known(names))
    home = _prepared_home()
    embedded = settings().secret("nats_url") is None
    on_files = settings().secret("database_url") is None
    exclusive = [*(["broker"] if embedded else []), *(names if on_files else [])]
    locks = [_lock(home, name) for name in exclusive]
    for name in names:
        _refuse_taken_port(name)
    telemetry.configure_logs(settings().log_level)
    try:
        if len(names) == 1 and not embedded:
            return _serve_alone(names[0])
        return _supervise(names, home, embedded=embedded, began=began)
    finally:
        for lock in locks:
            os.close(lock)


def _supervise(names: tuple[str, ...], home: Path, *, embedded: bool, began: float) -> int:
    with Supervisor(home / "run") as supervisor:
        if embedded:
            broker = Broker.prepare(home)
            os.environ["GUILDHALL_NATS_URL"] = broker.url
            # It comes up while the parent imports the code.
            supervisor.start(Child("nats", lambda _: broker.execute(), broker.is_ready, BROKER_RANK))
        settings.cache_clear()
        apps = import_apps(names)
        _make_keys(home)
        if settings().env == "dev" and not supervisor.run_once(lambda: _migrate(names)):
            raise CannotStart("the migrations failed, see above; nothing was started")
        for name in names:
            supervisor.start(_service(name, apps[name]))
        came_up = supervisor.watch(
            on_ready=lambda: _announce(names, home, time.monotonic() - began), deadline_seconds=READY_SECONDS
        )
    return 0 if came_up else 1


def _serve_alone(name: str) -> int:
    """One service with a broker given from outside, as containers run it: this very process."""
    app = import_apps((name,))[name]
    _make_keys(settings().home)
    if settings().env == "dev":
        _migrate((name,))
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises it again once all has ended, and an end that was asked for is exit code 0.
        signal.signal(number, lambda *_: None)
    serve(name, app)
    return 0


def import_apps(names: tuple[str, ...]) -> dict[str, Any]:
    """The services' ASGI apps.

    What is imported here is shared by the forked processes: their garbage collectors never look at it, which
    would copy its pages.
    """
    gc.disable()
    for module in ("uvicorn.loops.uvloop", "uvicorn.lifespan.on", "uvicorn.protocols.http.httptools_impl"):
        import_module(module)
    apps = {name: import_module(f"services.{name}.app").app for name in names}
    gc.freeze()  # without collecting first: there is nothing to gain but a tenth of a second to lose
    gc.enable()
    return apps


def serve(name: str, app: Any) -> None:
    """Serves one app until SIGTERM; in-flight requests finish."""
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
        timeout_graceful_shutdown=8,
    )
    server = uvicorn.Server(config)
    server.run()
    if not server.started:
        raise SystemExit(1)


def _service(name: str, app: Any) -> Child:
    def run_service(lives: int) -> None:
        if lives:
            crash.disarm()
        serve(name, app)

    rank = GATEWAY_RANK if name == "gateway" else SERVICE_RANK
    return Child(name, run_service, _answers_ready(settings().health_port_of(name)), rank)


def _answers_ready(port: int) -> Callable[[], bool]:
    def is_ready() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()

    return is_ready


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in names if name not in SERVICES]
    if unknown:
        raise CannotStart(f"no service is called {', '.join(unknown)}; there are {', '.join(SERVICES)}")
    return names


def _prepared_home() -> Path:
    """The data directory, existing and writable, as an absolute path."""
    try:
        home = settings().home.absolute()
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise CannotStart(f"GUILDHALL_{name}: {first['msg']}" if name else first["msg"]) from None
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        (home / "run").mkdir(exist_ok=True)
        probe = home / "run" / f"probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as refused:
        raise CannotStart(f"the data directory {home} cannot be written: {refused.strerror}") from None
    os.environ["GUILDHALL_HOME"] = str(home)
    return home


def _lock(home: Path, name: str) -> int:
    """Held as long as this process or a child of it lives: a store in `home` has one set of writers."""
    descriptor = os.open(home / "run" / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise CannotStart(f"another guildhall already runs on {home}") from None
            # The children of a killed parent need a moment to die.
            time.sleep(0.05)


def _refuse_taken_port(name: str) -> None:
    host, port = settings().host, settings().port_of(name)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as refused:
            taken = refused.errno == errno.EADDRINUSE
            why = "is taken" if taken else f"cannot be used: {refused.strerror}"
            raise CannotStart(
                f"port {port} of {host} ({name}) {why}; choose other ports with GUILDHALL_PORT"
            ) from None


def _make_keys(home: Path) -> None:
    """The services' keys, where they are not there and not given from outside."""
    from shared.keys import ensure_keys

    if settings().internal_key_file is None:
        ensure_keys(home)


def _migrate(names: tuple[str, ...]) -> None:
    from shared.store.migrate import migrate, pending

    for name in names:
        if pending(name):
            migrate(name)


def _announce(names: tuple[str, ...], home: Path, seconds: float) -> None:
    lines = [f"Guildhall is ready ({seconds:.1f} s): {', '.join(names)}"]
    if "gateway" in names:
        url = f"http://{settings().host}:{settings().port}"
        lines += [f"  API        {url}/v1", f"  Docs       {url}/docs"]
        if settings().secret("owner_key") is None:
            lines.append(f"  Owner key  {home / 'owner.key'}")
    lines += [f"  Data       {home}", "  Ctrl-C stops everything."]
    print("\n".join(lines), flush=True)  # noqa: T201 - the command's answer
