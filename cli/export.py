"""`guildhall export`: take out what a community knows, in a form that other programs read."""

import io
import zipfile
from pathlib import Path
from typing import Annotated

import typer

from cli import Failed
from cli.api import connect
from cli.destination import collection as collection_of
from cli.destination import community as community_of

app = typer.Typer(no_args_is_help=True, help="Take out what a community knows.")


@app.callback()
def export() -> None:
    """Take out what a community knows."""


@app.command("markdown")
def markdown(
    collection: Annotated[str, typer.Argument(help="Id or title of the collection.")],
    community: Annotated[str, typer.Option(help="Slug of the community it belongs to.")],
    to: Annotated[Path, typer.Option(file_okay=False, help="The directory to write to; made if need be.")],
) -> None:
    """Write the articles of a collection as Markdown files; files of the same names are overwritten."""
    api = connect()
    community_id = community_of(api, community, create=False)
    collection_id = collection_of(api, community_id, collection, make=False)
    archive = api.download(f"/v1/communities/{community_id}/collections/{collection_id}/export")
    root = to.resolve()
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for name in files.namelist():
            file = (root / name).resolve()
            if not file.is_relative_to(root):
                raise Failed(f"{name!r} leads out of {to}")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(files.read(name))
        typer.echo(f"{len(files.namelist()):,} articles written to {to}")
