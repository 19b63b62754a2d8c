"""`guildhall doctor`: look at everything Guildhall needs on this machine and say what is in the way."""

import http.client
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import typer

from cli.stores import stored
from cli.up import SERVICES
from shared.broker import BrokerMissing, find_binary
from shared.settings import settings

LEAST_PYTHON = (3, 11)
LITTLE_SPACE_BYTES = 2**30
NO_SPACE_BYTES = 100 * 2**20


class Verdict(StrEnum):
    """How it is: fine, worth a look, or in the way."""

    OK = "ok"
    LOOK = "look"
    FAIL = "FAIL"


class Finding(NamedTuple):
    """One thing looked at."""

    verdict: Verdict
    what: str
    detail: str


def doctor() -> None:
    """Check this machine, the data directory and the services; exit code 1 when something is in the way."""
    failed = False
    for finding in examine():
        typer.echo(f"{finding.verdict:<5} {finding.what:<18} {finding.detail}")
        failed = failed or finding.verdict is Verdict.FAIL
    raise typer.Exit(1 if failed else 0)


def examine() -> Iterator[Finding]:
    """Everything worth knowing, cheapest first."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(Verdict.OK if sys.version_info >= LEAST_PYTHON else Verdict.FAIL, "python", version)
    yield _broker()
    home = settings().home.absolute()
    yield _home(home)
    yield _space(home)
    for service in SERVICES:
        yield _service(service)
    for service in stored():
        yield _migrations(service)


def _broker() -> Finding:
    if settings().secret("nats_url") is not None:
        return Finding(Verdict.OK, "broker", "given by GUILDHALL_NATS_URL")
    try:
        return Finding(Verdict.OK, "broker", find_binary())
    except BrokerMissing as error:
        return Finding(Verdict.FAIL, "broker", str(error))


def _home(home: Path) -> Finding:
    existing = next(path for path in (home, *home.parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK) or not existing.is_dir():
        return Finding(Verdict.FAIL, "data directory", f"{home} cannot be written")
    return Finding(Verdict.OK, "data directory", f"{home}" if existing == home else f"{home}, to be made")


def _space(home: Path) -> Finding:
    free = shutil.disk_usage(next(path for path in (home, *home.parents) if path.exists())).free
    verdict = (
        Verdict.FAIL if free < NO_SPACE_BYTES else Verdict.LOOK if free < LITTLE_SPACE_BYTES else Verdict.OK
    )
    return Finding(verdict, "free space", f"{free / 2**30:.1f} GiB")


def _service(service: str) -> Finding:
    host, port = settings().host, settings().port_of(service)
    what = f"{service} {port}"
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(1)
        if probe.connect_ex((host, port)) != 0:
            return Finding(Verdict.OK, what, "not running, its port is free")
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        said = answer.read(4_000)
    except (OSError, http.client.HTTPException) as error:
        return Finding(
            Verdict.FAIL, what, f"something that is no Guildhall listens there ({type(error).__name__})"
        )
    finally:
        connection.close()
    if answer.status == http.HTTPStatus.OK and b'"ready"' in said:
        return Finding(Verdict.OK, what, "running and ready")
    if answer.status == http.HTTPStatus.SERVICE_UNAVAILABLE:
        return Finding(Verdict.FAIL, what, f"running but not ready: {said.decode(errors='replace')}")
    return Finding(Verdict.FAIL, what, "something that is no Guildhall listens there")


def _migrations(service: str) -> Finding:
    from shared.store.migrate import pending

    try:
        due = pending(service)
    except Exception as error:  # noqa: BLE001 - whatever the driver says, the answer is that it does not answer
        return Finding(Verdict.FAIL, f"{service} store", f"does not answer: {error}")
    if due:
        return Finding(Verdict.LOOK, f"{service} store", "has migrations to run: guildhall migrate")
    return Finding(Verdict.OK, f"{service} store", "at the newest migration")
