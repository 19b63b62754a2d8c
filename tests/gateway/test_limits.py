"""How often one caller may ask, from which pages, and from which addresses."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from services.gateway.addresses import Addresses
from services.gateway.cors import Cors
from shared.dev_issuer import mint
from shared.testing import Cluster

BURST = 5


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A gateway that lets everybody ask five times, then once in ten seconds."""
    limits = {"RATE_LIMIT_PER_SECOND": "0.1", "RATE_LIMIT_BURST": str(BURST)}
    pages = {"CORS_ORIGINS": "https://app.example"}
    home = tmp_path_factory.mktemp("home")
    with Cluster(home, ("gateway", "membership"), environment=limits | pages, migrated=True) as running:
        yield running


def ask(strict: Cluster, token: str, times: int) -> list[httpx.Response]:
    with strict.client(token) as client:
        return [client.get("/v1/communities") for _ in range(times)]


def test_who_asks_too_often_is_told_when_to_come_back(strict: Cluster) -> None:
    answers = ask(strict, mint(strict.home, "eager", timedelta(hours=1)), BURST + 2)
    assert [answer.status_code for answer in answers] == [200] * BURST + [429] * 2
    refused = answers[-1]
    assert refused.json()["type"] == "/problems/rate-limited"
    assert 1 <= int(refused.headers["retry-after"]) <= 11
    assert refused.headers["ratelimit"].startswith('"default";r=0;t=')
    assert refused.headers["ratelimit-policy"] == f'"default";q={BURST};w=50'


def test_another_token_of_the_same_person_is_no_way_around(strict: Cluster) -> None:
    for hours in (1, 2, 3):
        answers = ask(strict, mint(strict.home, "many-tokens", timedelta(hours=hours)), 3)
    assert answers[-1].status_code == 429


def test_others_are_not_disturbed(strict: Cluster) -> None:
    ask(strict, mint(strict.home, "greedy", timedelta(hours=1)), BURST + 1)
    assert ask(strict, mint(strict.home, "modest", timedelta(hours=1)), 1)[0].status_code == 200


def test_guessing_credentials_is_limited_by_address(strict: Cluster) -> None:
    with strict.client("") as nobody:
        answers = []
        for number in range(BURST + 2):
            guess = {"Authorization": f"Bearer {number}", "X-Forwarded-For": f"203.0.113.{number}"}
            answers.append(nobody.get("/v1/communities", headers=guess))
        assert [answer.status_code for answer in answers] == [401] * BURST + [429] * 2
        assert nobody.get("/livez").status_code == 200


def test_a_listed_page_may_call_and_no_other(strict: Cluster) -> None:
    preflight = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "if-match"}
    with strict.client("") as browser:
        path = "/v1/communities"
        let_in = browser.options(path, headers=preflight | {"Origin": "https://app.example"})
        assert let_in.status_code == 204
        assert let_in.headers["access-control-allow-origin"] == "https://app.example"
        assert "PATCH" in let_in.headers["access-control-allow-methods"]
        assert "if-match" in let_in.headers["access-control-allow-headers"]
        kept_out = browser.options(path, headers=preflight | {"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in kept_out.headers
        plain = browser.get("/livez", headers={"Origin": "https://app.example"})
        assert plain.headers["access-control-allow-origin"] == "https://app.example"
        assert plain.headers["vary"] == "origin"


def test_no_page_is_ever_allowed_credentials_or_everything() -> None:
    for origin in (b"https://app.example", b"null", b"*"):
        headers = dict(Cors(["https://app.example"]).preflight(origin))
        assert b"access-control-allow-credentials" not in headers
        assert headers.get(b"access-control-allow-origin") != b"*"


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("198.51.100.1", "203.0.113.9", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.66, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "nonsense", "nonsense"),
    ],
)
def test_only_a_trusted_proxy_says_whence_a_request_comes(peer: str, forwarded: str, address: str) -> None:
    scope = {"client": (peer, 1)}
    assert Addresses(["10.0.0.0/8"]).of(scope, {b"x-forwarded-for": forwarded.encode()}) == address
    assert Addresses([]).of(scope, {b"x-forwarded-for": forwarded.encode()}) == peer
