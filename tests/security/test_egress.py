"""Outgoing calls (S7): what is not public is never connected to; no partner holds a call or fills memory."""

import ast
import asyncio
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from shared.egress import (
    DeadlineExceeded,
    EgressRefused,
    ResponseTooLarge,
    egress_client,
    is_public,
    system_resolve,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
TRUST = ssl.create_default_context()  # made once: it takes as long as a hundred refusals
LOOPBACK = ("127.0.0.0/8", "::1/128")

# Written by whoever wants to reach what listens on {port} of this machine: a plain client gets there by each.
REACHES_LOOPBACK = [
    "http://127.0.0.1:{port}/",
    "http://127.0.0.2:{port}/",
    "http://127.255.255.254:{port}/",
    "http://2130706433:{port}/",  # decimal
    "http://017700000001:{port}/",  # octal
    "http://0x7f000001:{port}/",  # hexadecimal
    "http://0x7f.1:{port}/",
    "http://0x7F.0x0.0x1:{port}/",
    "http://127.1:{port}/",  # short
    "http://127.0.1:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0x0:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",  # IPv4-mapped
    "http://[::ffff:7f00:1]:{port}/",
    "http://[0:0:0:0:0:ffff:7f00:0001]:{port}/",
    "http://127\u30020\u30020\u30021:{port}/",  # ideographic full stops
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://example.com@127.0.0.1:{port}/",  # user info that looks like the host
    "http://example.com:443@127.0.0.1:{port}/",
    "http://example.com%2f@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@example.com/",
    "http://127.0.0.1:{port}?@example.com/",
]
NOT_PUBLIC = [
    "http://10.0.0.1:{port}/",
    "http://172.16.0.1:{port}/",
    "http://172.31.255.255:{port}/",
    "http://192.168.1.1:{port}/",
    "http://169.254.169.254:{port}/latest/meta-data/",  # metadata of most clouds
    "http://2852039166:{port}/latest/meta-data/",  # the same, decimal
    "http://0xA9FEA9FE:{port}/latest/meta-data/",
    "http://0251.0376.0251.0376:{port}/latest/meta-data/",
    "http://[::ffff:169.254.169.254]:{port}/latest/meta-data/",
    "http://169.254.170.2:{port}/v2/credentials",  # AWS containers
    "http://168.63.129.16:{port}/machine",  # Azure's host agent
    "http://100.100.100.200:{port}/latest/meta-data/",  # Alibaba
    "http://192.0.0.192:{port}/opc/v1/instance/",  # Oracle
    "http://[fd00:ec2::254]:{port}/latest/meta-data/",  # AWS over IPv6
    "http://100.64.0.1:{port}/",  # carrier-grade NAT
    "http://100.127.255.254:{port}/",
    "http://192.0.2.1:{port}/",
    "http://192.88.99.1:{port}/",  # 6to4 relay
    "http://198.18.0.1:{port}/",
    "http://198.51.100.7:{port}/",
    "http://203.0.113.7:{port}/",
    "http://224.0.0.1:{port}/",  # multicast
    "http://239.255.255.250:{port}/",
    "http://240.0.0.1:{port}/",
    "http://255.255.255.255:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",  # NAT64 of 127.0.0.1
    "http://[64:ff9b::169.254.169.254]:{port}/",
    "http://[64:ff9b:1::a00:1]:{port}/",  # local-use NAT64 of 10.0.0.1
    "http://[2002:7f00:1::]:{port}/",  # 6to4 of 127.0.0.1
    "http://[2002:a9fe:a9fe::1]:{port}/",
    "http://[2001:0:53aa:64c:0:fbff:80ff:fffe]:{port}/",  # Teredo
    "http://[2001:db8::1]:{port}/",
    "http://[2001:20::1]:{port}/",  # ORCHID
    "http://[3fff::1]:{port}/",
    "http://[5f00::1]:{port}/",
    "http://[::127.0.0.1]:{port}/",  # IPv4-compatible
    "http://[fe80::1]:{port}/",
    "http://[fec0::1]:{port}/",
    "http://[fc00::1]:{port}/",
    "http://[fd12:3456:789a::1]:{port}/",
    "http://[ff02::1]:{port}/",
    "http://[100::1]:{port}/",  # discard
    "http://metadata.google.internal:{port}/computeMetadata/v1/",
    "http://rebound.test:{port}/",
    "http://mixed.test:{port}/",
    "http://mixed6.test:{port}/",
]
MALFORMED = [
    "file:///etc/passwd",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET",
    "dict://127.0.0.1:{port}/",
    "unix:///var/run/docker.sock",
    "//127.0.0.1:{port}/",
    "http:///etc/passwd",
    "http://0177.0.0.1:{port}/",
    "http://0x7f.0.0.1.:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://\u2460\u2461\u2466.0.0.1:{port}/",  # circled digits
    "http://127.0.0.1%00.example.com:{port}/",
    "http://exam\nple.com:{port}/",
    "http://" + "a" * 64 + ".test:{port}/",
    "http://a..test:{port}/",
    "http://127.0.0.1:{port}\\@example.com/",
]
NAMES = {
    "metadata.google.internal": ["169.254.169.254"],
    "rebound.test": ["127.0.0.1"],
    "mixed.test": ["93.184.216.34", "127.0.0.1"],
    "mixed6.test": ["2606:2800:220:1::1", "::1"],
}
REFUSALS = (EgressRefused, httpx.InvalidURL)


class Listener:
    """Counts who connects and lets `behave` write the answer; on every address of this machine by default."""

    def __init__(self, behave: Callable[[socket.socket], None], host: str = "::", port: int = 0) -> None:
        self.hits = 0
        self.requests: list[bytes] = []
        self._behave = behave
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._server = socket.create_server((host, port), family=family, dualstack_ipv6=":" in host)
        self.port: int = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.hits += 1
            with connection, suppress(OSError):
                connection.settimeout(5)
                self.requests.append(connection.recv(65536))
                self._behave(connection)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(10)


@contextmanager
def listening(
    behave: Callable[[socket.socket], None] = lambda connection: connection.sendall(OK), *where: Any
) -> Iterator[Listener]:
    listener = Listener(behave, *where)
    try:
        yield listener
    finally:
        listener.close()


@pytest.fixture(scope="module")
def secret() -> Iterator[Listener]:
    """What must never be reached."""
    with listening() as listener:
        yield listener


async def names(host: str, port: int) -> list[str]:
    """As the system resolves, with the attacker's zone for whatever it does not know."""
    try:
        return NAMES.get(host) or await system_resolve(host, port)
    except socket.gaierror:
        return ["127.0.0.1"]


def fetch(
    url: str, *, follow_redirects: bool = False, production: bool = False, **options: Any
) -> httpx.Response:
    async def call() -> httpx.Response:
        options.setdefault("deadline_seconds", 3.0)
        options.setdefault("tls", TRUST)
        async with egress_client(production=production, **options) as client:
            return await client.get(url, follow_redirects=follow_redirects)

    return asyncio.run(call())


@pytest.mark.parametrize("url", [*REACHES_LOOPBACK, *NOT_PUBLIC, *MALFORMED])
@pytest.mark.parametrize("production", [False, True], ids=["development", "production"])
def test_a_hostile_url_is_refused_before_a_connection(url: str, production: bool, secret: Listener) -> None:
    for scheme in ("http", "https"):
        hostile = url.format(port=secret.port).replace("http://", f"{scheme}://")
        before = time.monotonic()
        with pytest.raises(REFUSALS):
            fetch(hostile, production=production, resolve=names)
        assert time.monotonic() - before < 1
    assert secret.hits == 0


@pytest.mark.parametrize("url", REACHES_LOOPBACK)
def test_the_same_url_reaches_the_listener_without_the_guard(url: str) -> None:
    async def unguarded(address: str) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=3) as client:
            await client.get(address)

    with listening() as listener:
        asyncio.run(unguarded(url.format(port=listener.port)))
        assert listener.hits == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/",
        "https://93.184.216.34:22/",
        "https://93.184.216.34:80/",
        "https://93.184.216.34:0/",
        "https://93.184.216.34:6379/",
        "https://user@93.184.216.34/",
    ],
)
def test_production_calls_https_on_its_ports_only(url: str) -> None:
    with pytest.raises(EgressRefused):
        fetch(url, production=True)


def test_production_refuses_an_allowed_network() -> None:
    with pytest.raises(ValueError, match="EGRESS_ALLOW"):
        egress_client(production=True, allow=["127.0.0.0/8"])


def test_an_allowed_network_is_reached_and_its_neighbour_is_not(secret: Listener) -> None:
    with listening() as listener:
        assert fetch(f"http://127.0.0.2:{listener.port}/", allow=["127.0.0.2/32"]).text == "ok"
        assert listener.hits == 1
    with pytest.raises(EgressRefused):
        fetch(f"http://127.0.0.1:{secret.port}/", allow=["127.0.0.2/32"])
    assert secret.hits == 0


class Rebinding:
    """A name server that answers the harmless address to whoever asks first, and loopback ever after."""

    def __init__(self, harmless: str) -> None:
        self._harmless = harmless
        self.asked = 0

    async def resolve(self, _host: str, _port: int) -> list[str]:
        self.asked += 1
        return [self._harmless if self.asked == 1 else "127.0.0.1"]


def test_a_name_that_is_rebound_between_check_and_connect_gains_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def rebound(host: Any, *rest: Any, **options: Any) -> Any:
        looked_up.append(host.decode() if isinstance(host, bytes) else host)  # anyio asks in bytes
        return real("127.0.0.1" if looked_up[-1] == "partner.test" else host, *rest, **options)

    with (
        listening() as private,
        listening(lambda c: c.sendall(OK), "127.0.0.2", private.port + 1) as harmless,
    ):
        # The same name leads a client that checks first and fetches then into the trap: the trap works.
        monkeypatch.setattr(socket, "getaddrinfo", rebound)
        url = f"http://partner.test:{private.port}/"
        asyncio.run(_check_then_fetch(url, Rebinding("127.0.0.2")))
        assert private.hits == 1

        looked_up.clear()
        name = Rebinding("127.0.0.2")
        answer = fetch(f"http://partner.test:{harmless.port}/", allow=["127.0.0.2/32"], resolve=name.resolve)
        assert (answer.text, name.asked, harmless.hits) == ("ok", 1, 1)
        assert "partner.test" not in looked_up
        with pytest.raises(EgressRefused):
            fetch(url, allow=["127.0.0.2/32"], resolve=name.resolve)
        assert private.hits == 1


async def _check_then_fetch(url: str, name: Rebinding) -> None:
    assert await name.resolve("partner.test", 80) == ["127.0.0.2"]
    async with httpx.AsyncClient(trust_env=False, timeout=3) as client:
        await client.get(url)


def test_every_new_connection_is_checked_again(secret: Listener) -> None:
    async def twice(port: int, name: Rebinding) -> None:
        allow = ["127.0.0.2/32"]
        async with egress_client(production=False, allow=allow, resolve=name.resolve) as client:
            await client.get(f"http://partner.test:{port}/")
            with pytest.raises(EgressRefused):
                await client.get(f"http://partner.test:{secret.port}/")

    with listening() as listener:
        asyncio.run(twice(listener.port, Rebinding("127.0.0.2")))
    assert secret.hits == 0


def test_the_next_checked_address_is_tried_when_one_does_not_answer() -> None:
    async def both(_host: str, _port: int) -> list[str]:
        return ["127.0.0.3", "127.0.0.2"]

    with listening(lambda c: c.sendall(OK), "127.0.0.2") as listener:
        answer = fetch(f"http://partner.test:{listener.port}/", allow=LOOPBACK, resolve=both)
    assert answer.text == "ok"


def redirect_to(location: str) -> Callable[[socket.socket], None]:
    head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    return lambda connection: connection.sendall(head.encode())


def test_a_redirect_to_the_inside_leads_nowhere(secret: Listener) -> None:
    inside = f"http://127.0.0.1:{secret.port}/"
    with listening(redirect_to(inside)) as partner:
        url = f"http://127.0.0.2:{partner.port}/"
        assert fetch(url, allow=["127.0.0.2/32"]).status_code == 302
        with pytest.raises(EgressRefused):
            fetch(url, allow=["127.0.0.2/32"], follow_redirects=True)
        assert partner.hits == 2
    assert secret.hits == 0


def test_proxies_and_passwords_of_the_environment_are_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, secret: Listener
) -> None:
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, f"http://127.0.0.1:{secret.port}")
        monkeypatch.setenv(variable.lower(), f"http://127.0.0.1:{secret.port}")
    netrc = tmp_path / "netrc"
    netrc.write_text("default login operator password canary\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with listening() as partner:
        assert fetch(f"http://127.0.0.2:{partner.port}/", allow=["127.0.0.2/32"]).text == "ok"
        assert b"authorization" not in partner.requests[0].lower()
    assert secret.hits == 0


def drip(head: bytes) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    return behave


@pytest.mark.parametrize(
    "behave",
    [
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        lambda _connection: time.sleep(2),
    ],
    ids=["body", "head", "silence"],
)
def test_a_partner_that_drips_is_left_at_the_deadline(behave: Callable[[socket.socket], None]) -> None:
    with listening(behave) as partner:
        before = time.monotonic()
        with pytest.raises(httpx.TimeoutException):
            fetch(f"http://127.0.0.1:{partner.port}/", allow=LOOPBACK, deadline_seconds=0.4)
        assert time.monotonic() - before < 1
        assert partner.hits == 1


def test_the_deadline_holds_for_a_body_that_is_streamed() -> None:
    async def stream(port: int) -> None:
        async with (
            egress_client(production=False, allow=LOOPBACK, deadline_seconds=0.4) as client,
            client.stream("GET", f"http://127.0.0.1:{port}/") as answer,
        ):
            async for _ in answer.aiter_bytes():
                pass

    slow = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    with listening(slow) as partner, pytest.raises(DeadlineExceeded):
        asyncio.run(stream(partner.port))


def test_a_resolver_that_hangs_is_left_at_the_deadline() -> None:
    async def hang(_host: str, _port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    with pytest.raises(DeadlineExceeded):
        fetch("http://partner.test/", resolve=hang, deadline_seconds=0.2)


class Flood:
    """A body of 10 GB, and how much of it was taken."""

    def __init__(self, head: bytes, chunked: bool = False) -> None:
        self.head, self.sent = head, 0
        self._block = b"0" * 65536
        if chunked:
            self._block = b"10000\r\n" + self._block + b"\r\n"

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(self.head)
        while self.sent < 10 * 1000**3:
            connection.sendall(self._block)
            self.sent += len(self._block)


@pytest.mark.parametrize(
    "flood",
    [
        Flood(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"),
        Flood(b"HTTP/1.1 200 OK\r\n\r\n"),
        Flood(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunked=True),
        Flood(b"HTTP/1.1 500 Internal Server Error\r\n\r\n"),
    ],
    ids=["declared", "undeclared", "chunked", "error"],
)
def test_a_body_of_10_gigabytes_is_not_taken(flood: Flood) -> None:
    with listening(flood) as partner:
        with pytest.raises(ResponseTooLarge):
            fetch(f"http://127.0.0.1:{partner.port}/", allow=LOOPBACK, body_limit=20_000)
        assert partner.hits == 1
    assert flood.sent < 20_000_000  # what the sockets of both sides buffer


def test_a_length_of_5000_digits_is_an_error_of_the_partner() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n"
    with listening(lambda c: c.sendall(head)) as partner, pytest.raises(httpx.TransportError):
        fetch(f"http://127.0.0.1:{partner.port}/", allow=LOOPBACK)


def test_a_compressed_answer_is_not_unpacked() -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    with listening(lambda c: c.sendall(head + bomb)) as partner:
        with pytest.raises(ResponseTooLarge):
            fetch(f"http://127.0.0.1:{partner.port}/", allow=LOOPBACK, body_limit=20_000)
        assert b"accept-encoding: identity" in partner.requests[0].lower()


def test_where_only_heads_are_wanted_a_body_is_not_read_however_it_is_announced() -> None:
    flood = Flood(b"HTTP/1.1 404 Not Found\r\nContent-Encoding: gzip\r\nContent-Length: 10000000000\r\n\r\n")

    async def head(url: str) -> int:
        client = egress_client(production=False, allow=LOOPBACK, body_limit=None)
        async with client, client.stream("GET", url) as answer:
            with pytest.raises(ResponseTooLarge):
                await answer.aread()
            return answer.status_code

    with listening(flood) as partner:
        assert asyncio.run(head(f"http://127.0.0.1:{partner.port}/")) == 404


@pytest.mark.parametrize("port", [0, 65536, 99999999])
def test_a_port_that_is_none_is_not_called(port: int) -> None:
    with pytest.raises(EgressRefused):
        fetch(f"http://127.0.0.1:{port}/", allow=LOOPBACK)


def test_a_body_of_exactly_the_limit_is_taken() -> None:
    with listening() as partner:
        assert fetch(f"http://127.0.0.1:{partner.port}/", allow=LOOPBACK, body_limit=2).text == "ok"
        with pytest.raises(ResponseTooLarge):
            fetch(f"http://127.0.0.1:{partner.port}/", allow=LOOPBACK, body_limit=1)


def test_a_partner_leaves_no_cookie_behind() -> None:
    head = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    async def twice(port: int) -> None:
        async with egress_client(production=False, allow=LOOPBACK) as client:
            for _ in range(2):
                await client.get(f"http://127.0.0.1:{port}/")

    with listening(lambda c: c.sendall(head)) as partner:
        asyncio.run(twice(partner.port))
        assert len(partner.requests) == 2
        assert b"cookie" not in partner.requests[1].lower()


def certificate(host: str, folder: Path) -> ssl.SSLContext:
    """A server's TLS context for `host`, self-signed; `folder/ca.pem` is what a client has to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    today = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(signed.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return server


@pytest.mark.parametrize(("issued_to", "accepted"), [("partner.test", True), ("other.test", False)])
def test_tls_names_the_host_and_not_the_address(issued_to: str, accepted: bool, tmp_path: Path) -> None:
    asked_for: list[str | None] = []
    server = certificate(issued_to, tmp_path)
    server.sni_callback = lambda _socket, name, _context: asked_for.append(name)

    async def serve_and_call() -> str:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK)
            await writer.drain()
            writer.close()

        async def at_loopback(_host: str, _port: int) -> list[str]:
            return ["127.0.0.1"]

        listener = await asyncio.start_server(answer, "127.0.0.1", ssl=server)
        trust = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        client = egress_client(production=False, allow=LOOPBACK, resolve=at_loopback, tls=trust)
        async with listener, client:
            port = listener.sockets[0].getsockname()[1]
            return (await client.get(f"https://partner.test:{port}/")).text

    if accepted:
        assert asyncio.run(serve_and_call()) == "ok"
    else:
        with pytest.raises(httpx.ConnectError, match="certificate"):
            asyncio.run(serve_and_call())
    assert asked_for == ["partner.test"]


@given(st.ip_addresses())
def test_what_counts_as_public_is_global_for_the_standard_library_too(
    address: IPv4Address | IPv6Address,
) -> None:
    assert not is_public(address) or (address.is_global and not address.is_multicast)


@given(st.ip_addresses(v=4))
def test_no_wrapped_address_counts_as_public(inner: IPv4Address) -> None:
    packed = int(inner)
    wrapped = {
        "mapped": 0xFFFF << 32 | packed,
        "compatible": packed,
        "NAT64": 0x64FF9B << 96 | packed,
        "local NAT64": 0x64FF9B0001 << 80 | packed,
        "6to4": 0x2002 << 112 | packed << 80,
        "Teredo": 0x20010000 << 96 | packed ^ 0xFFFFFFFF,
    }
    assert [name for name, number in wrapped.items() if is_public(IPv6Address(number))] == []


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001::1"])
def test_the_open_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


OTHER_CLIENTS = {"aiohttp", "http.client", "requests", "urllib.request", "urllib3"}
OPENS = {"AsyncClient", "Client", "create_connection", "open_connection"}
# To services and the broker, at addresses the operator gave.
TO_OUR_OWN = {"services/gateway/pool.py", "shared/broker.py", "shared/peers.py"}


def test_nothing_in_the_product_calls_out_but_through_the_guard() -> None:
    root = Path(__file__).parents[2]
    tested = root / "shared/testing"
    files = [file for part in ("services", "shared") for file in (root / part).rglob("*.py")]
    product = [file for file in files if not file.is_relative_to(tested)]
    assert len(product) > 50
    callers = {str(file.relative_to(root)) for file in product if _calls_out(file.read_text("utf-8"))}
    assert callers - TO_OUR_OWN == {"shared/egress.py"}


def _calls_out(source: str) -> bool:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names) if OTHER_CLIENTS & {name.name for name in names}:
                return True
            case ast.ImportFrom(module=module) if module in OTHER_CLIENTS:
                return True
            case ast.Call(func=ast.Attribute(attr=name)) if name in OPENS:
                return True
    return False
