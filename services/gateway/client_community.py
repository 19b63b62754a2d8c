"""Which community a request about clients concerns: its body says, its query, or the client itself."""

import json
from urllib.parse import parse_qs
from uuid import UUID

from services.gateway.models import ANY_CLIENT
from shared.problems import BadRequest, NotFound
from shared.store import Context, Store, Tx


class ClientCommunity:
    """Roles are held in a community, so it has to be known before the caller's are looked up."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, path: str, query: bytes, body: bytes) -> str:
        """The community's id as it was given, "" when the request concerns none or does not name it."""
        segments = path.split("/")
        if segments[2:3] != ["clients"]:
            return ""
        if len(segments) > 3:
            return await self._of_client(segments[3])
        if body:
            return _member(body)
        try:
            return parse_qs(query.decode("latin-1"), max_num_fields=50).get("community_id", [""])[-1]
        except ValueError as error:
            raise BadRequest("the query is not readable") from error

    async def _of_client(self, given: str) -> str:
        try:
            client_id = UUID(given)
        except ValueError as error:
            raise NotFound from error

        async def look(tx: Tx) -> str:
            return str((await tx.one(ANY_CLIENT, {"id": client_id})).community_id)

        return await self._store.read(look, Context())


def _member(body: bytes) -> str:
    """What the body says; whether it is acceptable as a whole is for its route to judge."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    named = document.get("community_id") if isinstance(document, dict) else None
    return named if isinstance(named, str) else ""
