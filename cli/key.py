"""`guildhall key`: give programs access to one community, list, rotate and revoke their keys."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import typer

from cli import Failed
from cli.api import connect
from cli.columns import show
from cli.destination import community as community_of
from shared.clock import now

app = typer.Typer(no_args_is_help=True, help="Give programs access to a community, and take it away.")

Community = Annotated[str, typer.Option(help="Slug of the community.")]
Client = Annotated[UUID, typer.Argument(metavar="ID", help="The key's client, as `list` shows it.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    community: Community,
    scope: Annotated[
        list[str], typer.Option(help="service:read, service:write or service:admin; repeat it.")
    ],
    days: Annotated[int, typer.Option(min=1, max=365, help="How long it works.")] = 365,
) -> None:
    """Make a key and print it; it is never shown again."""
    api = connect()
    given = {"community_id": community_of(api, community, create=False), "name": name, "scopes": scope}
    # A minute short, so that a server whose clock is behind ours still finds it within the year.
    expires_at = now() + timedelta(days=days, minutes=-1)
    _show_key(api.post("/v1/clients", {**given, "expires_at": expires_at.isoformat()}))


@app.command("list")
def list_(
    community: Community,
    revoked: Annotated[bool, typer.Option("--revoked", help="Show revoked ones as well.")] = False,
) -> None:
    """Show the keys of a community, newest first, without the keys themselves."""
    api = connect()
    asked: dict[str, Any] = {"community_id": community_of(api, community, create=False)}
    show(
        ("id", "name", "state", "scopes", "expires"),
        (
            (key["id"], key["name"], key["state"], ",".join(key["scopes"]), key["expires_at"][:10])
            for key in api.pages("/v1/clients", **asked, revoked=str(revoked).lower())
        ),
    )


@app.command()
def rotate(
    client: Client,
    grace_seconds: Annotated[int, typer.Option(min=0, help="How long the old key still works.")] = 86_400,
) -> None:
    """Replace a key and print the new one; the old one works through its grace, 0 when strangers know it."""
    _show_key(connect().post(f"/v1/clients/{client}/rotate", {"grace_seconds": grace_seconds}))


@app.command()
def revoke(client: Client) -> None:
    """Make a key worthless, within seconds and for good."""
    connect().delete(f"/v1/clients/{client}")


def _show_key(client: dict[str, Any]) -> None:
    if client["key"] is None:
        # The first answer was lost on its way and the repetition does not show the key.
        raise Failed(f"the key's answer was lost; make a new one: guildhall key rotate {client['id']}")
    typer.echo(client["key"])
