"""`guildhall verify`: compares owners with consumers, rows with facts, and audit logs with their heads."""

import asyncio
import json
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cli.migrate import EXISTING
from shared.app import open_store
from shared.bus import Subscription
from shared.identity import Keys
from shared.settings import settings
from shared.store.store import Store
from shared.verify import Finding, examine, heads_of, undelivered

Export = Annotated[Path | None, typer.Option(help="Write the audit heads here, to be kept elsewhere.")]
Against = Annotated[
    Path | None, typer.Option(help="Audit heads exported earlier: shows a log cut off at its end.")
]


def verify(export: Export = None, against: Against = None) -> None:
    """Print a table of checks; exit code 1 when anything differs (facts on their way are missing, too)."""
    kept = json.loads(against.read_text(encoding="utf-8")) if against else {}
    findings, heads = asyncio.run(_verify(kept))
    table = Table("service", "check", "looked at", "wrong", "first")
    for finding in findings:
        row = (finding.service, finding.check, f"{finding.looked_at:,}", f"{finding.wrong:,}", finding.first)
        table.add_row(*row, style="red" if finding.wrong else None)
    Console().print(table)
    if export:
        export.write_text(json.dumps(heads, indent=1, sort_keys=True), encoding="utf-8")
    raise typer.Exit(1 if any(finding.wrong for finding in findings) else 0)


async def _verify(kept: dict[str, Any]) -> tuple[list[Finding], dict[str, Any]]:
    services = {name: import_module(f"services.{name}.app").service for name in EXISTING}
    stores: dict[str, Store] = {}
    findings: list[Finding] = []
    heads: dict[str, Any] = {}
    try:
        for name, service in services.items():
            secret = Keys.load(name, settings()).secret("cursors")
            stores[name] = open_store(service, settings(), secret)
            await stores[name].open()
        for name, service in services.items():
            owned = list(service.base.metadata.sorted_tables)
            findings += await examine(name, stores[name], owned, kept.get(name, {}))
            heads[name] = await heads_of(stores[name])
        for name, service in services.items():
            for owner, prefixes in _subscribed(service).items():
                found = await undelivered(stores[owner], prefixes, name, stores[name])
                findings.append(
                    Finding(name, f"facts of {owner} applied", found.looked_at, found.wrong, found.first)
                )
    finally:
        for store in stores.values():
            await store.close()
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
