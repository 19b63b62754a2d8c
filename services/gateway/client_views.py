"""How a client is shown: never with its key, but for the one time it is issued."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from services.gateway.models import Client
from services.gateway.rules import ClientKind, ClientState, state_of
from shared.answers import Rendered
from shared.problems import Forbidden
from shared.route import View


class ClientView(View):
    id: UUID
    community_id: UUID
    name: str
    kind: ClientKind
    scopes: list[str]
    state: ClientState
    created_by: str
    created_at: datetime
    expires_at: datetime
    previous_key_until: datetime | None
    version: int


class IssuedClientView(ClientView):
    """`key` is shown this once; the repetition of a request by its Idempotency-Key answers null."""

    key: str | None


class ScopeBeyondOwn(Forbidden):
    """Nobody is handed a key that may do more than they may themselves."""

    title = "Scope beyond your own"


def client_view(client: Client, now: datetime) -> dict[str, Any]:
    """The members of the view as they are at `now`."""
    state = state_of(client.revoked_at, client.expires_at, client.previous_until, now)
    until = client.previous_until if state is ClientState.ROTATING else None
    shown = {name: getattr(client, name) for name in ClientView.model_fields if hasattr(client, name)}
    return shown | {"state": state, "previous_key_until": until}


class NewKey:
    """A key on its way to its holder: past the stored answer, which whoever reads the database could read."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.taken = False

    def reveal(self, answer: Rendered) -> Rendered:
        """The answer with the key, if the handler took it; a repetition did not run the handler."""
        if not self.taken:
            return answer
        body = json.dumps(json.loads(bytes(answer.body)) | {"key": self.key}).encode()
        return Rendered(answer.status_code, answer.named_headers, body)
