"""Who speaks to a service under test: over the gateway with a token, or past it in somebody's name."""

import re
import ssl
from collections.abc import Generator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from shared.dialects import ROOT_OF_SCIM
from shared.identity import Actor, owner_key_actor
from shared.keys import Keys
from shared.settings import Settings
from shared.tokens import Minter

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Made once: to read the system's certificates for every client would take longer than many a test."""

_COMMUNITY = re.compile(r"/v1/communities/([0-9a-f-]{36})(?:/|$)")


def plain_client(url: str, **options: Any) -> httpx.Client:
    """A client of what listens on loopback."""
    options.setdefault("timeout", 15.0)
    return httpx.Client(base_url=url, verify=_NO_TLS, trust_env=False, **options)


def vouched_client(url: str, home: Path, service: str, actor: Actor | None, **options: Any) -> httpx.Client:
    """A client of one service for `actor`, else the owner key, with tokens by the gateway's key in `home`."""
    key = home / "keys" / "gateway.pem"
    minter = _minter_of(home, key.stat().st_mtime_ns)
    return plain_client(url, auth=_Vouched(service, actor or owner_key_actor(), minter), **options)


@lru_cache(maxsize=20)
def _minter_of(home: Path, _changed: int) -> Minter:
    """Made once per key: to read the settings for every client would take longer than many a request."""
    return Minter("gateway", Keys.load("gateway", Settings(home=home)))


class _Vouched(httpx.Auth):
    """Puts an internal token on each request, for the community of its path or, for SCIM, its own."""

    def __init__(self, audience: str, actor: Actor, minter: Minter) -> None:
        self._audience, self._actor, self._minter = audience, actor, minter

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        found = _COMMUNITY.search(request.url.path)
        own = self._actor.community_id if request.url.path.startswith(ROOT_OF_SCIM) else None
        actor = replace(self._actor, community_id=UUID(found[1]) if found else own)
        request.headers["Authorization"] = f"Bearer {self._minter.mint(actor, self._audience)}"
        yield request
