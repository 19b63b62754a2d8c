"""Ask another service in this one's own name: POST to its internal routes, with a deadline.

Outside any transaction, by jobs: who asks waits, and whom it asks may be away.
"""

from types import TracebackType
from typing import Any, Self

import httpx
import structlog

from shared.identity import service_actor
from shared.keys import Keys
from shared.problems import Unavailable
from shared.settings import Settings
from shared.tokens import Minter

log = structlog.get_logger("peers")
DEADLINE_SECONDS = 10.0


class PeerAway(Unavailable):
    """The other service did not answer as it should; asking later may help."""

    title = "Another service is away"


class Peers:
    """`async with Peers("membership", settings()) as peers: await peers.ask("engagement", path, body)`."""

    def __init__(self, service: str, limits: Settings) -> None:
        self._actor = service_actor(service)
        self._limits = limits
        self._minter = Minter(service, Keys.load(service, limits))

    async def __aenter__(self) -> Self:
        self._client = httpx.AsyncClient(trust_env=False, timeout=DEADLINE_SECONDS)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def ask(self, service: str, path: str, body: dict[str, Any]) -> Any:
        """The answer's content; `PeerAway` unless it is a success."""
        token = self._minter.mint(self._actor, service)
        url = self._limits.url_of(service) + path
        try:
            answer = await self._client.post(url, json=body, headers={"Authorization": f"Bearer {token}"})
        except httpx.HTTPError as error:
            raise PeerAway(service=service) from error
        if answer.status_code != httpx.codes.OK:
            log.warning("peer_refused", service=service, path=path, status=answer.status_code)
            raise PeerAway(service=service)
        return answer.json()
