"""Change a key without an outage: POST /clients/{id}/rotate -> a new key, the old one through its grace."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.gateway import rules
from services.gateway.client_views import IssuedClientView, NewKey, ScopeBeyondOwn, client_view
from services.gateway.models import THE_CLIENT, Client
from services.gateway.rules import ClientState
from shared.clock import now
from shared.contracts.gateway import ClientRotated
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Command, Router, Write
from shared.settings import settings
from shared.store import Tx

router = Router(tags=["clients"])

GraceSeconds = Annotated[int, Field(ge=0, le=int(rules.LONGEST_GRACE.total_seconds()))]


class RotateClient(Command):
    """How long the old key still works; a day unless given, 0 when it is known to strangers."""

    grace_seconds: GraceSeconds = 86_400


async def rotate(
    tx: Tx, actor: Actor, client_id: UUID, command: RotateClient, key: NewKey
) -> dict[str, object]:
    before = await tx.one(THE_CLIENT, {"id": client_id})
    if rules.scopes_beyond(before.scopes, actor.level, actor.scopes):
        raise ScopeBeyondOwn
    state = rules.state_of(before.revoked_at, before.expires_at, None, tx.now)
    if state is not ClientState.ACTIVE:
        raise InvalidTransition(state=state, allowed=[])
    client = await tx.lock(
        Client,
        client_id,
        key_digest=rules.digest(key.key),
        previous_digest=before.key_digest,
        previous_until=tx.now + timedelta(seconds=command.grace_seconds),
    )
    tx.publish(ClientRotated(community_id=client.community_id, client_id=client_id))
    tx.audit("client.rotate", client_id)
    key.taken = True
    return client_view(client, now()) | {"key": None}


@router.post("/v1/clients/{client_id}/rotate", allows="client.manage")
async def post_rotate_client(client_id: UUID, command: RotateClient, write: Write) -> IssuedClientView:
    key = NewKey(rules.new_key(settings().env, client_id))
    return key.reveal(await write(rotate, client_id, command, key))  # type: ignore[return-value]
