"""Where a request comes from: the peer, or whom a trusted proxy names."""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import Any


class Addresses:
    """Believes `X-Forwarded-For` from peers inside `trusted` networks only; others may write anything."""

    def __init__(self, trusted: Iterable[str]) -> None:
        self._trusted = tuple(ip_network(cidr.strip()) for cidr in trusted if cidr.strip())

    def of(self, scope: Any, headers: dict[bytes, bytes]) -> str:
        """The nearest address that is not a trusted proxy; "" when the server does not know the peer."""
        nearest: str = scope["client"][0] if scope.get("client") else ""
        if not self._trusted:
            return nearest
        named = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
        for further in reversed(named):
            if not self._is_trusted(nearest) or not further.strip():
                break
            nearest = further.strip()[:64]
        return nearest

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)
