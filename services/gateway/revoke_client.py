"""Take access away: DELETE /clients/{id} -> the key is worth nothing within 5 s -> ClientRevoked."""

from uuid import UUID

from services.gateway.models import THE_CLIENT, Client
from shared.contracts.gateway import ClientRevoked
from shared.identity import Actor
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["clients"])


async def revoke(tx: Tx, _actor: Actor, client_id: UUID) -> None:
    """Revoke a client; doing it again changes nothing."""
    client = await tx.one(THE_CLIENT, {"id": client_id})
    if client.revoked_at is not None:
        return
    await tx.lock(Client, client_id, revoked_at=tx.now, previous_digest=None, previous_until=None)
    tx.publish(ClientRevoked(community_id=client.community_id, client_id=client_id))
    tx.audit("client.revoke", client_id)


@router.delete("/v1/clients/{client_id}", status_code=204, allows="client.manage")
async def delete_client(client_id: UUID, write: Write) -> None:
    return await write(revoke, client_id)
