"""Signing in through a running gateway: an issuer of one's own, and the local one of development."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import httpx
import jwt
import pytest

from shared.testing import Cluster
from tests.gateway.test_oidc import AUDIENCE, RSA_KEY, IssuerServer


@pytest.fixture
def issuer() -> Iterator[IssuerServer]:
    server = IssuerServer()
    yield server
    server.close()


@pytest.mark.either_database
def test_a_person_of_a_configured_issuer_is_let_in(
    cluster: Callable[..., Cluster], issuer: IssuerServer
) -> None:
    running = cluster(
        ("gateway", "membership"),
        OIDC_ISSUERS=f"{issuer.url}={AUDIENCE}",
        EGRESS_ALLOW="127.0.0.0/8",
    )
    now = int(time.time())
    claims = {"iss": issuer.url, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 300}

    def call(**changes: object) -> httpx.Response:
        token = jwt.encode(claims | changes, RSA_KEY, algorithm="RS256", headers={"kid": "rsa"})
        with running.client(token) as client:
            return client.get("/v1/communities")

    assert call().status_code == 200
    refused = call(aud="another")
    assert (refused.status_code, refused.json()["type"]) == (401, "/problems/unauthorised")


def test_the_local_issuer_signs_in_whoever_it_is_asked_for(stack: Cluster) -> None:
    program = "import sys, typer; from cli.token import token; typer.run(token)"
    made = subprocess.run(
        [sys.executable, "-c", program, "--subject", "ada"],
        env=stack.variables(),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert made.returncode == 0, made.stderr
    with stack.client(made.stdout.strip()) as ada:
        assert ada.get("/v1/communities").status_code == 200


def test_production_has_no_local_issuer(stack: Cluster) -> None:
    program = "import typer; from cli.token import token; typer.run(token)"
    refused = subprocess.run(
        [sys.executable, "-c", program, "--subject", "ada"],
        env=stack.variables() | {"GUILDHALL_ENV": "production", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert refused.returncode != 0
    assert not refused.stdout
