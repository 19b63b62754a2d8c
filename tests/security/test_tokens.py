"""Access tokens (S9): whatever RFC 8725 warns of is refused, and keys are renewed without being asked for."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from shared.identity import owner_key_actor
from shared.keys import Keys
from shared.settings import Settings
from shared.testing import Cluster, eventually
from shared.tokens import Minter
from tests.security.issuer import AUDIENCE, Issuer, issuing

ASKED = "/v1/communities"
STRANGER = generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def signing() -> Iterator[Issuer]:
    """An issuer to be taken down and robbed of its keys."""
    with issuing() as running:
        yield running


@pytest.fixture(scope="module")
def believing(signing: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A gateway that believes the issuer; the database plays no part."""
    environment = {"OIDC_ISSUERS": f"{signing.url}={AUDIENCE}", "EGRESS_ALLOW": "127.0.0.1/32"}
    home = tmp_path_factory.mktemp("believing")
    with Cluster(home, ("gateway", "membership"), environment=environment, migrated=True) as cluster:
        yield cluster


def status(cluster: Cluster, token: str) -> int:
    with cluster.client("") as client:
        answer = client.get(ASKED, headers={b"Authorization": f"Bearer {token}".encode()})
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code


def part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def pem(key: RSAPublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def signed_with_the_public_key(issuer: Issuer) -> str:
    """HS256, its secret the issuer's public key as it is published (RFC 8725 section 2.1)."""
    import hmac

    content = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': 'first'})}.{part(issuer.claims('mallory'))}"
    signature = hmac.digest(pem(issuer.keys["first"].public_key()), content.encode(), "sha256")
    return f"{content}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def forged(issuer: Issuer) -> dict[str, str]:
    """Tokens that prove nothing, by why."""
    now = int(time.time())
    claims = issuer.claims("mallory")
    own_jwk = json.loads(RSAAlgorithm.to_jwk(STRANGER.public_key()))
    honest = issuer.token("ada")
    head, body, signature = honest.split(".")

    def stranger(**headers: Any) -> str:
        return issuer.token("mallory", key=STRANGER, headers=headers)

    return {
        "no algorithm": jwt.encode(claims, "", algorithm="none", headers={"kid": "first"}),
        "no algorithm, written differently": f"{part({'alg': 'nOnE', 'kid': 'first'})}.{part(claims)}.",
        "the public key as a secret": signed_with_the_public_key(issuer),
        "signed by a stranger": stranger(),
        "brings its own key along": stranger(jwk=own_jwk),
        "points at its own keys": stranger(jku="https://mallory.example/keys"),
        "points at its own certificate": stranger(x5u="https://mallory.example/cert"),
        "brings its own certificate": stranger(x5c=["bm90IGEgY2VydGlmaWNhdGU="]),
        "an unknown key id": stranger(kid="nobody's"),
        "a key id that is a path": stranger(kid="../../../dev/null"),
        "a key id that is a query": stranger(kid="x' UNION SELECT 'key"),
        "a critical extension": issuer.token("ada", headers={"crit": ["exp"]}),
        "another type": issuer.token("ada", headers={"typ": "guildhall-internal+jwt"}),
        "a refresh token": issuer.token("ada", typ="Refresh"),
        "an identity token": issuer.token("ada", nonce="n-0S6_WzA2Mj"),
        "another issuer": issuer.token("ada", iss="https://mallory.example"),
        "an issuer that is a list": issuer.token("ada", iss=[issuer.url]),
        "no issuer": issuer.token("ada", iss=None),
        "another realm of the issuer": issuer.token("ada", iss=issuer.url + "/realms/other"),
        "another audience": issuer.token("ada", aud="somebody-else"),
        "an audience that begins alike": issuer.token("ada", aud=AUDIENCE + "-staging"),
        "no audience": issuer.token("ada", aud=None),
        "no subject": issuer.token("ada", sub=None),
        "an empty subject": issuer.token(""),
        "a subject that is a number": issuer.token("ada", sub=7),
        "a subject with a line break": issuer.token("ada\r\nx-evil: 1"),
        "a subject that is endless": issuer.token("a" * 256),
        "no end": issuer.token("ada", exp=None),
        "ended more than a minute ago": issuer.token("ada", exp=now - 62),
        "an end that is no number": issuer.token("ada", exp="tomorrow"),
        "begins in more than a minute": issuer.token("ada", nbf=now + 90),
        "issued in the future": issuer.token("ada", iat=now + 90),
        "a signature cut short": honest[:-8],
        "no signature": f"{head}.{body}.",
        "other claims under the signature": f"{head}.{part(issuer.claims('owner'))}.{signature}",
        "a fourth part": honest + ".x",
        "two parts": f"{head}.{body}",
        "not JSON": "bm90.anNvbg.c2ln",
        "a header that is a list": f"{part([])}.{body}.{signature}",
        "claims that are a list": f"{head}.{part([])}.{signature}",
        "a header nested without end": f"{base64.urlsafe_b64encode(b'[' * 3000).decode()}.{body}.{signature}",
        "a token of 100 kB": issuer.token("ada", padding="x" * 100_000)[:14_000],
        "an API key of nobody": "gh_dev_" + "0" * 32 + "_" + "0" * 64,
        "characters of another world": "ключ",
        "nothing": '""',
    }


def test_a_token_that_proves_nothing_is_refused(believing: Cluster, signing: Issuer) -> None:
    assert status(believing, signing.token("ada")) == 200
    answers = {why: status(believing, token) for why, token in forged(signing).items()}
    assert answers == dict.fromkeys(answers, 401)


def test_clocks_may_differ_by_a_minute(believing: Cluster, signing: Issuer) -> None:
    now = int(time.time())
    assert status(believing, signing.token("ada", exp=now - 30)) == 200
    assert status(believing, signing.token("ada", nbf=now + 30, iat=now + 30)) == 200


def test_a_token_stops_working_when_it_ends(believing: Cluster, signing: Issuer) -> None:
    token = signing.token("ada", exp=int(time.time()) - 57)  # within the skew for three more seconds
    assert status(believing, token) == 200
    eventually(lambda: status(believing, token) == 401, within=6, every=0.2)


def test_a_person_is_told_apart_by_issuer_and_subject(believing: Cluster, signing: Issuer) -> None:
    made = {"slug": "ada-s", "name": "Ada's", "kind": "cop", "visibility": "members"}
    with believing.client(signing.token("Ada")) as ada, believing.client(signing.token("ada")) as other:
        path = "/v1/communities/" + ada.post("/v1/communities", json=made).json()["id"]
        assert (ada.get(path).status_code, other.get(path).status_code) == (200, 404)


def test_many_unknown_key_ids_fetch_the_keys_once(believing: Cluster, signing: Issuer) -> None:
    assert status(believing, signing.token("ada")) == 200
    before = signing.fetched
    for number in range(50):
        assert status(believing, signing.token("m", key=STRANGER, headers={"kid": f"k{number}"})) == 401
    assert signing.fetched - before <= 1


def test_who_is_known_gets_in_while_the_issuer_is_away(believing: Cluster, signing: Issuer) -> None:
    assert status(believing, signing.token("ada")) == 200
    signing.down = True
    try:
        assert status(believing, signing.token("grace")) == 200
        assert status(believing, signing.token("mallory", key=STRANGER)) == 401
    finally:
        signing.down = False


def test_a_key_that_was_replaced_opens_nothing_any_more(believing: Cluster, signing: Issuer) -> None:
    old = signing.token("ada")
    assert status(believing, old) == 200
    signing.add_key("second")
    signing.keys.pop("first")
    try:
        believing.restarted("gateway", believing.kill("gateway"))
        assert status(believing, signing.token("ada", key_id="second")) == 200
        assert status(believing, old) == 401
    finally:
        signing.add_key("first")
        signing.keys.pop("second")
        believing.restarted("gateway", believing.kill("gateway"))


def test_without_the_issuers_keys_nobody_gets_in_and_nobody_waits(
    signing: Issuer, believing: Cluster
) -> None:
    signing.down = True
    try:
        believing.restarted("gateway", believing.kill("gateway"))
        began = time.monotonic()
        assert status(believing, signing.token("ada")) == 401
        assert time.monotonic() - began < 2
        with believing.client() as owner:
            assert owner.get(ASKED).status_code == 200
    finally:
        signing.down = False
        believing.restarted("gateway", believing.kill("gateway"))


def test_an_internal_token_is_worth_nothing_at_the_front_door(believing: Cluster) -> None:
    keys = Keys.load("gateway", Settings(home=believing.home))
    for audience in ("membership", "gateway"):
        assert status(believing, Minter("gateway", keys).mint(owner_key_actor(), audience)) == 401


def test_an_internal_token_is_worth_nothing_after_its_minute(believing: Cluster) -> None:
    keys = Keys.load("gateway", Settings(home=believing.home))
    issued = int(time.time()) - 58
    claims = owner_key_actor().claims() | {"iss": "gateway", "aud": "membership"}
    claims |= {"iat": issued, "exp": issued + 60}
    header = {"typ": "guildhall-internal+jwt", "kid": "gateway"}
    token = jwt.encode(claims, keys.private, algorithm="EdDSA", headers=header)

    def answer() -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.get(believing.url("membership") + ASKED, headers=headers, trust_env=False).status_code

    assert answer() == 200
    eventually(lambda: answer() == 401, within=5, every=0.2)


def test_headers_that_claim_an_identity_claim_nothing(believing: Cluster, signing: Issuer) -> None:
    keys = Keys.load("gateway", Settings(home=believing.home))
    minted = Minter("gateway", keys).mint(owner_key_actor(), "membership")
    claims = {"X-Forwarded-User": "owner", "X-Guildhall-Actor": "owner", "X-Internal-Authorization": minted}
    with believing.client("") as client:
        assert client.get(ASKED, headers=claims).status_code == 401
        twice = [("Authorization", f"Bearer {signing.token('ada')}"), ("Authorization", f"Bearer {minted}")]
        assert client.get(ASKED, headers=twice).status_code in (400, 401)
