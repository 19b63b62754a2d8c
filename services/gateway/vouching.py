"""Internal tokens: an actor in -> one signed for the service, and used again while it is young."""

from services.gateway.actors import Standing
from shared.identity import Actor
from shared.tokens import Minter

REUSED_SECONDS = 20.0
"""Far below the token's life of 60 s: the service never sees one that is about to expire."""


class Vouching:
    """Authorization headers by which the gateway vouches for an actor (docs/decisions/0006)."""

    def __init__(self, minter: Minter) -> None:
        self._minter = minter

    def header(self, standing: Standing, service: str, moment: float) -> bytes:
        """The header for a request to `service`, from a token at most `REUSED_SECONDS` old."""
        header, until = standing.headers.get(service, (b"", 0.0))
        if until <= moment:
            header = self.fresh(standing.actor, service)
            standing.headers[service] = header, moment + REUSED_SECONDS
        return header

    def fresh(self, actor: Actor, service: str) -> bytes:
        """The header with a token minted now."""
        return b"Bearer " + self._minter.mint(actor, service).encode()
