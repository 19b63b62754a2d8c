"""`guildhall verify`: compares owners with consumers, rows with facts, and audit logs with their heads."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import Failed
from cli.columns import show
from cli.stores import store_of, stored
from shared.consumers import Subscription
from shared.settings import settings
from shared.verify import Finding, examine, heads_of, undelivered

Export = Annotated[Path | None, typer.Option(help="Write the audit heads here, to be kept elsewhere.")]
Against = Annotated[
    Path | None, typer.Option(help="Audit heads exported earlier: shows a log cut off at its end.")
]


def verify(export: Export = None, against: Against = None) -> None:
    """Print a table of checks; exit code 1 when anything differs (facts on their way are missing, too)."""
    kept = json.loads(against.read_text(encoding="utf-8")) if against else {}
    findings, heads = asyncio.run(_verify(kept))
    show(
        ("service", "check", "looked at", "wrong", "first"),
        ((f.service, f.check, f"{f.looked_at:,}", f"{f.wrong:,}", f.first) for f in findings),
    )
    if export:
        export.write_text(json.dumps(heads, indent=1, sort_keys=True), encoding="utf-8")
    raise typer.Exit(1 if any(finding.wrong for finding in findings) else 0)


async def _verify(kept: dict[str, Any]) -> tuple[list[Finding], dict[str, Any]]:
    services = {name: import_module(f"services.{name}.app").service for name in stored()}
    if not services:
        raise Failed(f"there is nothing in {settings().home.absolute()} yet")
    findings: list[Finding] = []
    heads: dict[str, Any] = {}
    async with AsyncExitStack() as opened:
        stores = {name: await opened.enter_async_context(store_of(name)) for name in services}
        for name, service in services.items():
            owned = list(service.base.metadata.sorted_tables)
            findings += await examine(name, stores[name], owned, kept.get(name, {}))
            heads[name] = await heads_of(stores[name])
        for name, service in services.items():
            for owner, prefixes in _subscribed(service).items():
                if owner in stores:
                    found = await undelivered(stores[owner], prefixes, name, stores[name])
                    findings.append(replace(found, check=f"facts of {owner} applied"))
    return findings, heads


def _subscribed(service: Any) -> dict[str, list[str]]:
    """Which facts of which owner a service applies, by subject prefix."""
    listed: list[Subscription] = [
        each
        for part in service.slices
        for each in getattr(getattr(part, "consumers", None), "subscriptions", [])
    ]
    by_owner: dict[str, list[str]] = {}
    for each in listed:
        by_owner.setdefault(each.fact.owner, []).append(each.fact.prefix())
    return by_owner
