"""Who has access: GET /clients?community_id= -> the community's clients, newest first, never their keys."""

from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.gateway.client_views import ClientView, client_view
from services.gateway.models import Client
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router
from shared.store import Tx, scope

router = Router(tags=["clients"])


async def clients_of(tx: Tx, _actor: Actor, revoked: bool, limit: int, cursor: str | None) -> Page[Any]:
    """The clients; revoked ones only when asked for."""
    statement = select(Client).where(scope(Client))
    if not revoked:
        statement = statement.where(col(Client.revoked_at).is_(None))
    page = await tx.page(
        statement, by=(Client.created_at, Client.id), limit=limit, cursor=cursor, descending=True
    )
    return Page(items=[client_view(client, tx.now) for client in page.items], next_cursor=page.next_cursor)


@router.get("/v1/clients", allows="client.manage")
async def get_clients(
    community_id: UUID,  # noqa: ARG001 - the front door has made it the tenant
    read: Read,
    revoked: bool = False,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ClientView]:
    return await read(clients_of, revoked, limit, cursor)
