"""The only way out: outgoing HTTP reaches checked public addresses, within one deadline and one size.

The check happens where the connection is made, on the very address it is made to: looking a name up, judging
it, and letting the client look it up again loses to DNS rebinding.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import cast

import httpcore
import httpx

from shared.settings import Settings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Iterable[str]]]

PRODUCTION_PORTS = frozenset({443, 8443})
CONNECT_SECONDS = 5.0

# Not public, whatever the running Python's `is_global` thinks of it: IANA's IPv4 Special-Purpose Address
# Registry, multicast, and what clouds answer secrets on.
DENIED_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # "this network": Linux takes 0.0.0.0 for loopback
            "10.0.0.0/8",
            "100.64.0.0/10",  # carrier-grade NAT; Alibaba's metadata service
            "127.0.0.0/8",
            "168.63.129.16/32",  # Azure's host agent, on an address that looks public
            "169.254.0.0/16",  # link-local; most clouds' metadata services
            "172.16.0.0/12",
            "192.0.0.0/24",  # protocol assignments; Oracle's metadata service
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved and broadcast
        ),
    )
)
# Global unicast is 2000::/3 (RFC 4291). All else is denied by that alone: loopback, unique local, link-local,
# multicast, IPv4-mapped and -compatible, NAT64 (64:ff9b::/96, 64:ff9b:1::/48), segment routing.
GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")
DENIED_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments; Teredo (2001::/32) hides an IPv4 address
            "2001:db8::/32",
            "2002::/16",  # 6to4 hides an IPv4 address
            "2620:4f:8000::/48",
            "3fff::/20",
        ),
    )
)


class EgressRefused(httpx.TransportError):
    """The call was not made: scheme, port, user info or an address of the host is not allowed."""


class DeadlineExceeded(httpx.TimeoutException):
    """The whole exchange, body included, took longer than the client's deadline."""


class ResponseTooLarge(httpx.TransportError):
    """The answer holds more bytes than the client accepts, or hides how many (a content coding)."""


def is_public(address: Address) -> bool:
    """Whether an address lies in the open internet, and is not a wrapping of one that may not."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in DENIED_V4)
    return (
        address.scope_id is None
        and address in GLOBAL_UNICAST_V6
        and not any(address in network for network in DENIED_V6)
    )


async def system_resolve(host: str, port: int) -> list[str]:
    """Every address the system knows for a host, in its order of preference."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connections to checked addresses only: a name is resolved once, and what was checked is called."""

    def __init__(self, allow: tuple[Network, ...], resolve: Resolve) -> None:
        self._allow = allow
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's interface)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A stream to the first checked address that answers; TLS later names the host, not the address."""
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in await self._checked(host, port):
            try:
                return await self._network.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as refused:
                failure = refused
        raise failure

    async def _checked(self, host: str, port: int) -> list[Address]:
        """All addresses of a host; one that is not allowed condemns it."""
        try:
            addresses = [ip_address(found) for found in await self._resolve(host, port)]
        except OSError as unknown:
            raise httpcore.ConnectError(f"{host}: {unknown}") from unknown
        except ValueError as malformed:  # a label longer than 63, an empty one
            raise EgressRefused(f"{host!r} is not a host name") from malformed
        for address in addresses:
            if not is_public(address) and not any(address in network for network in self._allow):
                raise EgressRefused(f"{host} is at {address}, which is not public")
        return list(dict.fromkeys(addresses))


@asynccontextmanager
async def in_time(deadline: float) -> AsyncIterator[None]:
    """`DeadlineExceeded` once the loop's clock passes `deadline`; httpx's timeouts begin with each byte."""
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError as late:
        raise DeadlineExceeded("the exchange took too long") from late


class BoundedBody(httpx.AsyncByteStream):
    """A response body that ends in an error once it is too long or too late."""

    def __init__(self, stream: httpx.AsyncByteStream, limit: int, deadline: float) -> None:
        self._stream = stream
        self._limit = limit
        self._deadline = deadline

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        chunks = aiter(self._stream)
        while True:
            async with in_time(self._deadline):
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            received += len(chunk)
            if received > self._limit:
                raise ResponseTooLarge(f"more than {self._limit} bytes")
            yield chunk

    async def aclose(self) -> None:
        """Closes the connection when the body was not read to its end."""
        await self._stream.aclose()


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport on the checked network, bounded in time and size however the client is called."""

    def __init__(
        self,
        network: CheckedNetwork,
        tls: ssl.SSLContext,
        *,
        production: bool,
        deadline_seconds: float,
        body_limit: int | None,
    ) -> None:
        super().__init__(verify=tls, trust_env=False)
        # httpx has no parameter for the network; its own exceptions and streams are worth keeping.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls, network_backend=network, keepalive_expiry=5.0
        )
        self._production = production
        self._deadline_seconds = deadline_seconds
        self._body_limit = body_limit

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer's head, its body to be read within the same deadline."""
        self._check(request.url)
        deadline = asyncio.get_running_loop().time() + self._deadline_seconds
        async with in_time(deadline):
            response = await super().handle_async_request(request)
        stream = cast(httpx.AsyncByteStream, response.stream)
        if excess := self._excess(response.headers):
            await stream.aclose()
            raise ResponseTooLarge(excess)
        response.stream = BoundedBody(stream, self._body_limit or 0, deadline)
        return response

    def _check(self, url: httpx.URL) -> None:
        if url.scheme != "https" and (self._production or url.scheme != "http"):
            raise EgressRefused(f"scheme {url.scheme!r} is not allowed")
        port = 443 if url.port is None else url.port
        if not 0 < port < 65536 or (self._production and port not in PRODUCTION_PORTS):
            raise EgressRefused(f"port {port} is not allowed")
        if url.userinfo:
            raise EgressRefused("user info in an address hides its host, and ends in logs")

    def _excess(self, headers: httpx.Headers) -> str | None:
        """Why the body is not even begun; h11 has checked that a declared length is a number."""
        if self._body_limit is None:
            return None
        if int(headers.get("content-length", 0)) > self._body_limit:
            return f"more than {self._body_limit} bytes declared"
        if headers.get("content-encoding", "identity").strip().lower() != "identity":
            return "a content coding was not asked for"  # 20 kB of gzip are 20 MB of zeros
        return None


def egress_client(
    *,
    production: bool,
    allow: Iterable[str] = (),
    deadline_seconds: float = 15.0,
    body_limit: int | None = 1_000_000,
    resolve: Resolve = system_resolve,
    tls: ssl.SSLContext | None = None,
) -> httpx.AsyncClient:
    """A client for everything outside: no proxy, no redirect, no cookie, and the guard under every request.

    `production` demands https on port 443 or 8443. `allow` names networks (CIDR) that may be reached though
    they are not public; production refuses any. `deadline_seconds` spans one exchange, connect to last byte,
    `body_limit` (bytes) its answer; with None only heads are wanted, and a body may be announced but not
    read. Raises `EgressRefused`, `DeadlineExceeded`, `ResponseTooLarge` or what
    httpx raises; a URL that httpx cannot read is `httpx.InvalidURL`, which is no `httpx.HTTPError`.
    """
    networks = tuple(ip_network(cidr) for cidr in allow)
    if production and networks:
        raise ValueError("EGRESS_ALLOW is for tests and development; production calls public addresses only")
    transport = GuardedTransport(
        CheckedNetwork(networks, resolve),
        tls or ssl.create_default_context(),
        production=production,
        deadline_seconds=deadline_seconds,
        body_limit=body_limit,
    )
    return httpx.AsyncClient(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"accept-encoding": "identity"},
        timeout=httpx.Timeout(deadline_seconds, connect=min(CONNECT_SECONDS, deadline_seconds)),
    )


def configured_client(
    here: Settings, *, deadline_seconds: float = 15.0, body_limit: int | None = 1_000_000
) -> httpx.AsyncClient:
    """`egress_client` as this installation is set up: by ENV and EGRESS_ALLOW."""
    return egress_client(
        production=here.env == "production",
        allow=[cidr.strip() for cidr in here.egress_allow.split(",") if cidr.strip()],
        deadline_seconds=deadline_seconds,
        body_limit=body_limit,
    )
