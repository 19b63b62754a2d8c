"""`guildhall up`: broker and services in the foreground, forked from a parent that imported the code once."""

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.preflight import CannotStart, lock, prepared_home, refuse_taken_port
from cli.serving import address, import_apps, is_ready, serve
from cli.supervisor import Child, Supervisor
from shared import crash, telemetry
from shared.broker import Broker, BrokerMissing
from shared.settings import settings

SERVICES = ("gateway", "membership", "engagement", "events", "knowledge", "metrics")
"""The services that exist, in the order of their ports."""

READY_SECONDS = 30.0
WRONG_USAGE = 2
GATEWAY_RANK, SERVICE_RANK, BROKER_RANK = range(3)


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


def run(asked: tuple[str, ...]) -> int:
    """Checks what could be in the way, then runs until told to stop; the exit code."""
    began = time.monotonic()
    if unknown := [name for name in asked if name not in SERVICES]:
        raise CannotStart(f"no service is called {', '.join(unknown)}; there are {', '.join(SERVICES)}")
    names = tuple(name for name in SERVICES if name in asked)
    home = prepared_home()
    embedded = settings().secret("nats_url") is None
    on_files = settings().secret("database_url") is None
    exclusive = [*(["broker"] if embedded else []), *(names if on_files else [])]
    locks = [lock(home, name) for name in exclusive]
    for name in names:
        refuse_taken_port(name)
    telemetry.configure_logs(settings().log_level)
    try:
        if len(names) == 1 and not embedded:
            return _serve_alone(names[0])
        return _supervise(names, home, embedded=embedded, began=began)
    finally:
        for held in locks:
            os.close(held)


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


def _service(name: str, app: Any) -> Child:
    def run_service(lives: int) -> None:
        if lives:
            crash.disarm()
        serve(name, app)

    rank = GATEWAY_RANK if name == "gateway" else SERVICE_RANK
    return Child(name, run_service, partial(is_ready, name), rank)


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
        url = f"http://{address()}:{settings().port}"
        lines += [f"  API        {url}/v1", f"  Docs       {url}/docs"]
        if settings().secret("owner_key") is None:
            lines.append(f"  Owner key  {home / 'owner.key'}")
    lines += [f"  Data       {home}", "  Ctrl-C stops everything."]
    print("\n".join(lines), flush=True)  # noqa: T201 - the command's answer
