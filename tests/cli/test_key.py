"""`guildhall key`: a key opens what its scopes say, is shown once, and ends when it is told to."""

from collections.abc import Callable
from uuid import UUID

import httpx
import pytest

from shared.testing import Cluster, eventually
from tests.cli.conftest import Ran


@pytest.fixture
def home(stack: Cluster, community: UUID) -> str:
    """The slug of a fresh community."""
    with stack.client() as client:
        return str(client.get(f"/v1/communities/{community}").json()["slug"])


def members(stack: Cluster, community: UUID, key: str) -> httpx.Response:
    with stack.client(key) as client:
        return client.get(f"/v1/communities/{community}/members")


def test_a_key_opens_what_its_scopes_say_until_it_is_revoked(
    stack: Cluster, guildhall: Callable[..., Ran], community: UUID, home: str
) -> None:
    made = guildhall("key", "create", "reader", "--community", home, "--scope", "membership:read")
    assert made.returncode == 0, made.stderr
    key = made.stdout.strip()
    assert members(stack, community, key).status_code == 200
    with stack.client(key) as client:
        assert client.get(f"/v1/communities/{community}/topics").status_code == 403

    listed = guildhall("key", "list", "--community", home).stdout
    assert "reader" in listed
    assert "membership:read" in listed
    assert key.rsplit("_", 1)[1] not in listed

    (client_id,) = [line.split()[0] for line in listed.splitlines() if "reader" in line]
    assert guildhall("key", "revoke", client_id).returncode == 0
    eventually(lambda: members(stack, community, key).status_code == 401, within=10)
    assert "reader" not in guildhall("key", "list", "--community", home).stdout
    assert "reader" in guildhall("key", "list", "--community", home, "--revoked").stdout


@pytest.mark.either_database
def test_a_rotated_key_is_another_one(
    stack: Cluster, guildhall: Callable[..., Ran], community: UUID, home: str
) -> None:
    old = guildhall("key", "create", "bot", "--community", home, "--scope", "membership:read").stdout.strip()
    client_id = str(UUID(old.split("_")[2]))
    new = guildhall("key", "rotate", client_id, "--grace-seconds", "0").stdout.strip()
    assert new != old
    assert members(stack, community, new).status_code == 200
    eventually(lambda: members(stack, community, old).status_code == 401, within=10)


@pytest.mark.either_database
def test_a_scope_that_does_not_exist_is_refused_in_one_line(guildhall: Callable[..., Ran], home: str) -> None:
    refused = guildhall("key", "create", "bad", "--community", home, "--scope", "everything:write")
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
