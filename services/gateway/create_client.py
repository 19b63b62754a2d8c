"""Give a program access: POST /clients -> scopes within one's own -> a key, shown once -> ClientCreated."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.gateway import rules
from services.gateway.client_views import IssuedClientView, NewKey, ScopeBeyondOwn, client_view
from services.gateway.models import Client
from services.gateway.rules import ClientKind
from shared.clock import now
from shared.contracts.gateway import ClientCreated
from shared.identity import Actor
from shared.ids import uuid7
from shared.problems import Unprocessable
from shared.route import Command, Instant, Router, Write
from shared.settings import SERVICES, settings
from shared.store import Tx

router = Router(tags=["clients"])

Scope = Annotated[str, Field(pattern=rf"^({'|'.join(SERVICES)}):(read|write|admin)$")]


class CreateClient(Command):
    """A program that calls in its own name, in one community; `expires_at` is a year away unless given."""

    community_id: UUID
    name: Annotated[str, Field(min_length=1, max_length=80)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=30)]
    kind: ClientKind = ClientKind.SERVICE
    expires_at: Instant | None = None


class ExpiryOutOfRange(Unprocessable):
    """A key lives a year at most."""

    title = "Expiry must lie within the coming year"


def _expiry(wanted: datetime | None, present: datetime) -> datetime:
    latest = present + rules.LONGEST_LIFE
    if wanted is not None and not present < wanted <= latest:
        raise ExpiryOutOfRange(latest=latest)
    return wanted or latest


async def create(
    tx: Tx, actor: Actor, command: CreateClient, client_id: UUID, key: NewKey
) -> dict[str, object]:
    if actor.scopes is not None or rules.scopes_beyond(command.scopes, actor.level, None):
        raise ScopeBeyondOwn
    client = Client(
        id=client_id,
        community_id=command.community_id,
        name=command.name,
        kind=command.kind,
        scopes=sorted(set(command.scopes)),
        key_digest=rules.digest(key.key),
        created_by=f"{actor.kind}:{actor.id}",
        created_at=tx.now,
        updated_at=tx.now,
        expires_at=_expiry(command.expires_at, tx.now),
    )
    await tx.insert(client)
    tx.publish(ClientCreated(community_id=client.community_id, client_id=client.id))
    tx.audit("client.create", client.id)
    key.taken = True
    return client_view(client, now()) | {"key": None}


@router.post("/v1/clients", status_code=201, allows="client.manage")
async def post_client(command: CreateClient, write: Write) -> IssuedClientView:
    client_id = uuid7()
    key = NewKey(rules.new_key(settings().env, client_id))
    return key.reveal(await write(create, command, client_id, key))  # type: ignore[return-value]
