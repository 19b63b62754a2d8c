"""Whose API key it is: a key in -> its client found by id, its digest compared -> scopes and community."""

from services.gateway.models import ANY_CLIENT, Client
from services.gateway.principals import KeyHolder
from services.gateway.rules import ClientState, client_of, opens, state_of
from shared.clock import now
from shared.store import Context, Store, Tx


class KeyHolders:
    """Looks API keys up in the gateway's own store."""

    def __init__(self, store: Store, environment: str) -> None:
        self._store = store
        self._environment = environment

    async def of(self, key: str) -> KeyHolder | None:
        """The holder; None for a key that is unknown, expired, revoked or of another environment."""
        client_id = client_of(key, self._environment)
        if client_id is None:
            return None

        async def look(tx: Tx) -> Client | None:
            return await tx.first(ANY_CLIENT, {"id": client_id})

        client = await self._store.read(look, Context())
        if client is None or not opens(
            key, client.key_digest, client.previous_digest, client.previous_until, now()
        ):
            return None
        state = state_of(client.revoked_at, client.expires_at, client.previous_until, now())
        if state not in (ClientState.ACTIVE, ClientState.ROTATING):
            return None
        ends = client.expires_at.timestamp()
        return KeyHolder(client.id, client.community_id, frozenset(client.scopes), ends)
