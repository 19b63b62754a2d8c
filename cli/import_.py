"""`guildhall import`: bring a community's history in; run it again and nothing changes."""

from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from cli.api import connect
from cli.counted import wait_until_counted
from cli.destination import community as community_of
from cli.report import Report
from shared.zones import zone_names


class Source(StrEnum):
    """Each is a module of `cli.sources` with `bring(api, community_id, path, report)`."""

    activities = "activities"
    stackexchange = "stackexchange"
    members = "members"
    ics = "ics"
    markdown = "markdown"


_TAKEN = {Source.ics: ("zone",), Source.markdown: ("name", "collection")}
"""The options that are for one source alone."""


def import_(
    source: Annotated[Source, typer.Argument(help="What it is.")],
    path: Annotated[
        Path,
        typer.Argument(
            exists=True,
            readable=True,
            help="activities, members: a CSV file; stackexchange: a directory of XML; "
            "ics: a calendar or a directory of them; markdown: a directory of documents.",
        ),
    ],
    community: Annotated[str, typer.Option(help="Slug of the community it goes to.")],
    create: Annotated[bool, typer.Option("--create", help="Make the community, active in UTC.")] = False,
    report: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the report here.")] = None,
    zone: Annotated[
        str | None, typer.Option(help="ics: the zone of times that have none; the community's without.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="markdown: tells this source from others; the directory's without.")
    ] = None,
    collection: Annotated[
        str | None, typer.Option(help="markdown: id or title of the collection; made when there is none.")
    ] = None,
) -> None:
    """Bring a history in. A second run changes nothing; the next run completes one that was killed."""
    if report is not None and not report.absolute().parent.is_dir():
        raise typer.BadParameter(f"{report.parent} is no directory", param_hint="--report")
    options = _options(source, {"zone": zone, "name": name, "collection": collection})
    if zone is not None and zone not in zone_names():
        raise typer.BadParameter(f"no such time zone: {zone}", param_hint="--zone")
    api = connect()
    outcome = Report()
    try:
        community_id = community_of(api, community, create=create)
        import_module(f"cli.sources.{source}").bring(api, community_id, path, outcome, **options)
        if outcome.written and not wait_until_counted(api, community_id):
            typer.echo("guildhall: everything is stored; metrics is still counting", err=True)
    finally:
        if report is not None:
            outcome.save(report)
    _show(outcome)


def _options(source: Source, given: dict[str, str | None]) -> dict[str, str | None]:
    """What of it the source takes; anything else that was given is refused."""
    taken = _TAKEN.get(source, ())
    for option, value in given.items():
        if value is not None and option not in taken:
            raise typer.BadParameter(f"{source} takes none", param_hint=f"--{option}")
    return {option: given[option] for option in taken}


def _show(report: Report, remarks: int = 10) -> None:
    bad = len(report.not_understood) + report.unlisted
    for name in ("read", "written", "unchanged", "skipped"):
        typer.echo(f"{name:<15}{getattr(report, name):>10,}")
    typer.echo(f"{'not understood':<15}{bad:>10,}")
    for where, reason in report.not_understood[:remarks]:
        typer.echo(f"  {where}: {reason}")
    if bad > remarks:
        typer.echo(f"  and {bad - remarks:,} more; --report FILE lists them")
