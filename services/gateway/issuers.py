"""The issuers whose tokens are believed: those of the settings, and in development the local one."""

import httpx

from services.gateway.dev_issuer import dev_issuer
from services.gateway.jwks import RemoteKeys
from services.gateway.oidc import Issuer
from shared.egress import configured_client
from shared.settings import Settings

ANSWER_LIMIT_BYTES = 1_000_000
DEADLINE_SECONDS = 5.0


class WrongIssuers(Exception):
    """OIDC_ISSUERS is not a list of issuer=audience."""


def issuers(settings: Settings) -> tuple[dict[str, Issuer], httpx.AsyncClient | None]:
    """The issuers by name, and the client that fetches their keys; None when there is nothing to fetch."""
    configured = [pair.strip() for pair in settings.oidc_issuers.split(",") if pair.strip()]
    if not configured:
        return dev_issuer(settings), None
    client = configured_client(settings, deadline_seconds=DEADLINE_SECONDS, body_limit=ANSWER_LIMIT_BYTES)
    believed = dev_issuer(settings)
    for pair in configured:
        issuer, separator, audience = pair.rpartition("=")
        if not (separator and issuer.startswith(("https://", "http://")) and audience):
            raise WrongIssuers(f"OIDC_ISSUERS: {pair!r} is not issuer=audience")
        believed[issuer] = Issuer(audience, RemoteKeys(issuer, client))
    return believed, client
