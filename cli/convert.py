"""`guildhall convert`: the structure of another community as a file `guildhall apply` takes."""

import json
import re
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from cli.apply.yaml_text import load
from cli.report import Remark


class Format(StrEnum):
    """Each is a module of `cli.converters` with `convert(text)` and `declared(made, slug, name)`."""

    k8s_sigs = "k8s-sigs"


class _Dumper(yaml.SafeDumper):
    """Writes everything out; `apply` takes no aliases."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


_Dumper.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))
"""`08` is a number to `apply` and none to PyYAML, which would write such a text without quotes."""


def convert(
    source: Annotated[Format, typer.Argument(help="What it is.")],
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="k8s-sigs: a sigs.yaml.")],
    slug: Annotated[str, typer.Option(help="Slug of the community.")] = "kubernetes",
    name: Annotated[str, typer.Option(help="Its name.")] = "Kubernetes",
    report: Annotated[Path | None, typer.Option(dir_okay=False, help="Write what is listed here.")] = None,
) -> None:
    """Write a community file to the standard output; what was not understood is listed, never guessed."""
    if report is not None and not report.absolute().parent.is_dir():
        raise typer.BadParameter(f"{report.parent} is no directory", param_hint="--report")
    converter = import_module(f"cli.converters.{source.replace('-', '_')}")
    made = converter.convert(load(path))
    content = converter.declared(made, slug, name)
    typer.echo(f"# Made by `guildhall convert {source}` from {path.name}; the format: docs/apply.md")
    typer.echo(yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110), nl=False)
    counts = {part: len(content[part]) for part in ("groups", "members", "channels")} | dict(made.counts)
    if report is not None:
        _save(report, counts, made.listed)
    for what, count in counts.items():
        typer.echo(f"{what:<25}{count:>6,}", err=True)
    typer.echo(f"{'listed':<25}{len(made.listed):>6,}", err=True)
    for where, reason in made.listed:
        typer.echo(f"  {where}: {reason}", err=True)


def _save(report: Path, counts: dict[str, int], listed: list[Remark]) -> None:
    document = {what.replace(" ", "_"): count for what, count in counts.items()}
    remarks = [remark._asdict() for remark in listed]
    content = json.dumps({**document, "not_understood": remarks}, indent=2, ensure_ascii=False)
    report.write_text(content + "\n", encoding="utf-8")
