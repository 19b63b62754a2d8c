"""Access tokens of an OpenID Connect issuer: what is believed, and everything that is not."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from services.gateway import jwks
from services.gateway.jwks import RemoteKeys
from services.gateway.oidc import Issuer, SignedIn, TokenRefused, verify
from shared.egress import egress_client

AUDIENCE = "guildhall"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()
Tokens = Callable[..., str]


def jwk(key: Any, kid: str, **more: str) -> dict[str, Any]:
    public = key.public_key()
    kinds: dict[type, Any] = {
        rsa.RSAPublicKey: jwt.algorithms.RSAAlgorithm,
        ec.EllipticCurvePublicKey: jwt.algorithms.ECAlgorithm,
        ed25519.Ed25519PublicKey: jwt.algorithms.OKPAlgorithm,
    }
    maker = next(maker for kind, maker in kinds.items() if isinstance(public, kind))
    described: dict[str, Any] = maker.to_jwk(public, as_dict=True)
    return described | {"kid": kid, "use": "sig"} | more


class IssuerServer:
    """The issuer's two documents over HTTP; `keys` may change, `down` makes it fail."""

    def __init__(self) -> None:
        self.keys = [jwk(RSA_KEY, "rsa"), jwk(EC_KEY, "ec"), jwk(ED_KEY, "ed")]
        self.down = False
        self.claims_to_be: str | None = None
        self.fetches = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.fetches += self.path == "/keys"
                found = None if outer.down else outer.document(self.path)
                body = json.dumps(found).encode()
                self.send_response(200 if found else 503)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def document(self, path: str) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.claims_to_be or self.url, "jwks_uri": f"{self.url}/keys"}
        return {"keys": self.keys} if path == "/keys" else None

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@pytest.fixture
def issuer() -> Iterator[IssuerServer]:
    server = IssuerServer()
    yield server
    server.close()


@pytest.fixture
def token(issuer: IssuerServer) -> Tokens:
    """A good token, but for what is changed: claims by name (None leaves one out), key, algorithm, header."""

    def make(
        *, key: Any = RSA_KEY, algorithm: str = "RS256", header: dict[str, Any] | None = None, **changes: Any
    ) -> str:
        now = int(time.time())
        claims = {"iss": issuer.url, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 300} | changes
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(
            kept, key, algorithm=algorithm, headers={"kid": "rsa", "typ": "at+jwt"} | (header or {})
        )

    return make


class Believer:
    """What the gateway knows of one issuer, asked from a synchronous test."""

    def __init__(self, issuer: IssuerServer) -> None:
        self._loop = asyncio.new_event_loop()
        self._client = egress_client(production=False, allow=["127.0.0.0/8"], deadline_seconds=2)
        self.issuers = {issuer.url: Issuer(AUDIENCE, RemoteKeys(issuer.url, self._client))}

    def verify(self, token: str) -> SignedIn:
        return self._loop.run_until_complete(verify(token.encode(), self.issuers))

    def close(self) -> None:
        self._loop.run_until_complete(self._client.aclose())
        self._loop.close()


@pytest.fixture
def believer(issuer: IssuerServer) -> Iterator[Believer]:
    believer = Believer(issuer)
    yield believer
    believer.close()


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"),
    [(RSA_KEY, "RS256", "rsa"), (RSA_KEY, "PS256", "rsa"), (EC_KEY, "ES256", "ec"), (ED_KEY, "EdDSA", "ed")],
)
def test_a_token_says_who_signed_in(
    issuer: IssuerServer, token: Tokens, believer: Believer, key: Any, algorithm: str, kid: str
) -> None:
    found = believer.verify(token(key=key, algorithm=algorithm, header={"kid": kid}))
    assert (found.issuer, found.subject) == (issuer.url, "ada")


NOW = int(time.time())
REFUSED: dict[str, dict[str, Any]] = {
    "expired": {"exp": NOW - 3600},
    "expires_never": {"exp": None},
    "expiry_no_number": {"exp": "soon"},
    "not_yet_valid": {"nbf": NOW + 3600},
    "issued_in_the_future": {"iat": NOW + 3600},
    "other_audience": {"aud": "another"},
    "no_audience": {"aud": None},
    "unknown_issuer": {"iss": "https://evil.example"},
    "no_issuer": {"iss": None},
    "no_subject": {"sub": None},
    "empty_subject": {"sub": ""},
    "subject_with_control_characters": {"sub": "ada\x00"},
    "long_subject": {"sub": "a" * 256},
    "id_token_by_nonce": {"nonce": "n"},
    "id_token_by_hash": {"at_hash": "h"},
    "id_token_by_type_claim": {"typ": "ID"},
    "refresh_token": {"typ": "Refresh"},
    "other_key": {"key": OTHER_KEY},
    "unknown_key_id": {"header": {"kid": "another"}},
    "key_of_another_kind": {"header": {"kid": "ec"}},
    "logout_token": {"header": {"typ": "logout+jwt"}},
    "id_token_type": {"header": {"typ": "id_token"}},
    "critical_extension": {"header": {"crit": ["exp"]}},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_token_that_is_not_all_right_is_refused(
    token: Tokens, believer: Believer, change: dict[str, Any]
) -> None:
    believer.verify(token())
    with pytest.raises(TokenRefused):
        believer.verify(token(**change))


def test_the_clock_may_be_off_by_a_minute(token: Tokens, believer: Believer) -> None:
    now = int(time.time())
    believer.verify(token(exp=now - 50))
    believer.verify(token(iat=now + 50, nbf=now + 50))


def test_no_signature_is_no_signature(token: Tokens, believer: Believer) -> None:
    header, claims, _ = token().split(".")
    none = jwt.encode(jwt.decode(token(), options={"verify_signature": False}), "", algorithm="none")
    for forged in (none, f"{header}.{claims}.", f"{header}.{claims}", "x.y.z", "", "a" * 9000):
        with pytest.raises(TokenRefused):
            believer.verify(forged)


def test_a_public_key_is_no_shared_secret(token: Tokens, believer: Believer) -> None:
    """Algorithm confusion (RFC 8725 section 2.1): the RSA public key used as an HMAC secret."""
    import base64
    import hashlib
    import hmac

    pem = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    def encoded(part: bytes) -> str:
        return base64.urlsafe_b64encode(part).rstrip(b"=").decode()

    header = encoded(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "rsa"}).encode())
    signed = f"{header}.{token().split('.')[1]}"
    signature = encoded(hmac.new(pem, signed.encode(), hashlib.sha256).digest())
    with pytest.raises(TokenRefused):
        believer.verify(f"{signed}.{signature}")


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u"])
def test_a_key_the_token_brings_along_is_nobodys(
    issuer: IssuerServer, token: Tokens, believer: Believer, name: str
) -> None:
    brought = jwk(OTHER_KEY, "rsa") if name == "jwk" else f"{issuer.url}/evil"
    with pytest.raises(TokenRefused):
        believer.verify(token(key=OTHER_KEY, header={name: brought}))
    assert believer.verify(token(header={name: brought})).subject == "ada"


def test_a_key_id_that_occurs_twice_names_nobody(
    issuer: IssuerServer, token: Tokens, believer: Believer
) -> None:
    issuer.keys = [jwk(RSA_KEY, "rsa"), jwk(OTHER_KEY, "rsa")]
    for key in (RSA_KEY, OTHER_KEY):
        with pytest.raises(TokenRefused):
            believer.verify(token(key=key))


def test_a_key_says_what_it_is_for(issuer: IssuerServer, token: Tokens, believer: Believer) -> None:
    issuer.keys = [jwk(RSA_KEY, "rsa", use="enc")]
    with pytest.raises(TokenRefused):
        believer.verify(token())


def test_a_key_says_which_algorithm_it_is_for(
    issuer: IssuerServer, token: Tokens, believer: Believer
) -> None:
    issuer.keys = [jwk(RSA_KEY, "rsa", alg="RS512")]
    with pytest.raises(TokenRefused):
        believer.verify(token())


def test_an_issuer_must_speak_for_itself(issuer: IssuerServer, token: Tokens, believer: Believer) -> None:
    issuer.claims_to_be = "https://another.example"
    with pytest.raises(TokenRefused):
        believer.verify(token())


def test_keys_are_used_on_while_the_issuer_is_away_but_not_for_ever(
    issuer: IssuerServer, token: Tokens, believer: Believer, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = token()
    believer.verify(good)
    issuer.down = True
    monkeypatch.setattr(jwks, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(jwks, "FRESH_SECONDS", 0.0)
    believer.verify(good)
    monkeypatch.setattr(jwks, "STALE_SECONDS", 0.0)
    with pytest.raises(TokenRefused):
        believer.verify(good)


def test_a_new_key_is_found_after_a_pause(
    issuer: IssuerServer, token: Tokens, believer: Believer, monkeypatch: pytest.MonkeyPatch
) -> None:
    believer.verify(token())
    issuer.keys = [jwk(OTHER_KEY, "new")]
    rotated = token(key=OTHER_KEY, header={"kid": "new"})
    with pytest.raises(TokenRefused):
        believer.verify(rotated)
    monkeypatch.setattr(jwks, "PAUSE_SECONDS", 0.0)
    assert believer.verify(rotated).subject == "ada"


def test_a_flood_of_unknown_key_ids_fetches_once(
    issuer: IssuerServer, token: Tokens, believer: Believer
) -> None:
    for number in range(30):
        with pytest.raises(TokenRefused):
            believer.verify(token(header={"kid": f"k{number}"}))
    assert issuer.fetches == 1
