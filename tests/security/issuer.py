"""An OpenID Connect issuer for tests: publishes keys over HTTP and signs whatever it is asked to."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

AUDIENCE = "guildhall-tests"


class Issuer:
    """Signs RS256 tokens; `keys` by id are what it publishes, `fetched` counts who asked for them."""

    def __init__(self) -> None:
        self.keys: dict[str, RSAPrivateKey] = {}
        self.fetched = 0
        self.down = False
        self.url = ""
        self.add_key("first")

    def add_key(self, key_id: str) -> None:
        self.keys[key_id] = generate_private_key(public_exponent=65537, key_size=2048)

    def claims(self, subject: str, **changes: Any) -> dict[str, Any]:
        """Claims of an honest access token; a change to None leaves the claim out."""
        now = int(time.time())
        honest = {"iss": self.url, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + 3600}
        return {name: value for name, value in (honest | changes).items() if value is not None}

    def token(
        self,
        subject: str,
        *,
        key_id: str = "first",
        headers: dict[str, Any] | None = None,
        key: RSAPrivateKey | None = None,
        **changes: Any,
    ) -> str:
        """An access token for `subject`, with changes to claims and header."""
        header = {"kid": key_id, "typ": "at+jwt"} | (headers or {})
        signer = key or self.keys[key_id]
        content = json.dumps(
            self.claims(subject, **changes)
        ).encode()  # PyJWT itself refuses to sign nonsense
        return jwt.api_jws.encode(content, signer, algorithm="RS256", headers=header)

    def documents(self) -> dict[str, Any]:
        """What it publishes, by path."""
        published = [
            json.loads(RSAAlgorithm.to_jwk(key.public_key())) | {"kid": key_id, "use": "sig", "alg": "RS256"}
            for key_id, key in self.keys.items()
        ]
        discovery = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        return {"/.well-known/openid-configuration": discovery, "/keys": {"keys": published}}


@contextmanager
def issuing() -> Iterator[Issuer]:
    """An issuer on a loopback port of its own."""
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = issuer.documents().get(self.path)
            issuer.fetched += self.path == "/keys"
            body = json.dumps(found).encode()
            self.send_response(503 if issuer.down else 200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
