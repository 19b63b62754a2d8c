"""`guildhall apply`: bring a community to what a file declares; applied again, nothing changes."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer

from cli import Failed
from cli.api import Refused, connect
from cli.apply import channels, communities, groups, people, series
from cli.apply.document import Declared, Mistaken, read
from cli.apply.plan import ABREAST, Outcome, Place, Stage, Step, Unable
from cli.apply.yaml_text import Text
from cli.progress import progress

COUNTED = ("create", "change", "unchanged", "not managed", "refused")


def apply(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What the community should be.")],
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would change.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; a program is never asked.")] = False,
    report: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the outcome here.")] = None,
) -> None:
    """Bring a community to what a file declares. What the file does not name stays as it is."""
    if report is not None and not report.absolute().parent.is_dir():
        raise typer.BadParameter(f"{report.parent} is no directory", param_hint="--report")
    try:
        declared, text = read(file)
    except Mistaken as mistaken:
        for mistake in mistaken.mistakes:
            typer.echo(mistake, err=True)
        raise
    stages = list(planned(Place(connect()), declared))
    steps = [step for stage in stages for step in stage.steps]
    for step in steps:
        _show(step)
    todo = [step for step in steps if step.outcome in (Outcome.CREATE, Outcome.CHANGE)]
    if not plan and todo and not yes and sys.stdin.isatty():
        typer.confirm(f"Apply {len(todo)} changes?", abort=True)
    done = steps if plan else _run(stages, len(steps), text)
    _sum_up(done, text, report)
    if refused := sum(step.outcome is Outcome.REFUSED for step in done):
        raise Failed(f"{refused} of {len(done)} could not be brought to what {file} declares")


def planned(place: Place, declared: Declared) -> Iterator[Stage]:
    """The steps from what is there to what the file declares, in the order in which they can be taken."""
    row = communities.find(place, declared.community.slug)
    handles = {member.handle for member in declared.members}
    yield Stage([communities.describing(place, declared.community, row)])
    yield Stage(list(people.steps(place, declared.members)))
    yield Stage(list(groups.steps(place, declared.groups)), abreast=False)
    yield Stage(list(groups.belonging(place, declared.groups, handles)))
    yield Stage(list(series.steps(place, declared.community.slug, declared.groups)))
    yield Stage(list(channels.steps(place, declared.channels)))
    yield Stage(list(communities.leading(place, declared.community, row)))


def _run(stages: list[Stage], total: int, text: Text) -> list[Step]:
    """Takes each step that has something to do; one that cannot be taken does not stop the others."""
    done: list[Step] = []
    with progress("changes", total) as moved, ThreadPoolExecutor(ABREAST) as pool:
        for stage in stages:
            taken = pool.map(_taken, stage.steps) if stage.abreast else map(_taken, stage.steps)
            for before, after in zip(stage.steps, taken, strict=True):
                if after.outcome is Outcome.REFUSED and before.outcome is not Outcome.REFUSED:
                    typer.echo(f"{text.where(after.place)}: {after.what}: {after.detail}", err=True)
                done.append(after)
                moved(len(done))
    return done


def _taken(step: Step) -> Step:
    if step.run is None:
        return step
    try:
        wrote = step.run()
    except Unable as error:
        reason = str(error)
    except Refused as error:
        if error.status == 401 or error.status >= 500:
            raise
        reason = error.reason
    else:
        if not wrote:
            return step._replace(outcome=Outcome.UNCHANGED)
        return step._replace(outcome=Outcome.CHANGE) if step.outcome is Outcome.UNCHANGED else step
    return step._replace(outcome=Outcome.REFUSED, detail=reason)


def _show(step: Step) -> None:
    if step.outcome is not Outcome.UNCHANGED:
        typer.echo(f"{step.outcome:<13}{step.what}{': ' if step.detail else ''}{step.detail}")


def _sum_up(steps: list[Step], text: Text, report: Path | None) -> None:
    counts = Counter(str(step.outcome) for step in steps)
    for name in COUNTED:
        typer.echo(f"{name:<15}{counts[name]:>10,}")
    if report is None:
        return
    document = {name.replace(" ", "_"): counts[name] for name in COUNTED}
    refused = [
        {"where": text.where(step.place), "reason": f"{step.what}: {step.detail}"}
        for step in steps
        if step.outcome is Outcome.REFUSED
    ]
    content = json.dumps({**document, "refused": refused}, indent=2, ensure_ascii=False)
    report.write_text(content + "\n", encoding="utf-8")
