"""SCIM beside moderation: each ends the suspension it made, and no other."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.announced import SanctionImposed, SanctionLifted
from shared.facts import ActorRef
from shared.testing import Cluster, eventually
from tests.membership.conftest import Someone
from tests.membership.scim_client import Provider
from tests.membership.telling import tell

ON = {"op": "replace", "path": "active", "value": True}
OFF = {"op": "replace", "path": "active", "value": False}


class Case:
    """A sanction of a member and what moderation tells about it."""

    def __init__(self, stack: Cluster, key: Someone, member: str, kind: str) -> None:
        self.stack, self.key, self.member = stack, key, member
        self.of: dict[str, Any] = {
            "community_id": key.community,
            "sanction_id": uuid4(),
            "member_id": UUID(member),
            "kind": kind,
            "actor": ActorRef(kind="service", id="moderation"),
        }

    def imposed(self, state: str) -> None:
        tell(self.stack, SanctionImposed(**self.of, aggregate_version=1, until=None))
        self.becomes(state)

    def lifted(self, state: str) -> None:
        tell(self.stack, SanctionLifted(**self.of, aggregate_version=2))
        self.becomes(state)

    def becomes(self, state: str) -> None:
        path = f"/members/{self.member}"
        eventually(lambda: self.key.get(path).json()["state"] == state, within=10)


def test_activating_lifts_no_suspension_by_moderation(
    provider: Provider, stack: Cluster, key: Someone
) -> None:
    ada = provider.created(userName="ada")["id"]
    case = Case(stack, key, ada, "suspension")
    case.imposed("suspended")
    assert provider.patched(f"/Users/{ada}", ON)["active"] is False
    assert provider.patched(f"/Users/{ada}", OFF, ON)["active"] is False
    case.lifted("active")
    assert provider.get(f"/Users/{ada}").json()["active"] is True


def test_a_suspension_by_scim_outlasts_one_by_moderation(
    provider: Provider, stack: Cluster, key: Someone
) -> None:
    ada, bob = (provider.created(userName=name)["id"] for name in ("ada", "bob"))
    provider.patched(f"/Users/{ada}", OFF)
    for member in (ada, bob):
        Case(stack, key, member, "suspension").imposed("suspended")
    second = Case(stack, key, ada, "suspension")
    second.imposed("suspended")
    assert provider.patched(f"/Users/{ada}", ON)["active"] is False


@pytest.mark.parametrize(("kind", "state"), [("suspension", "suspended"), ("ban", "banned")])
def test_nobody_escapes_moderation_by_being_deleted(
    provider: Provider, stack: Cluster, key: Someone, kind: str, state: str
) -> None:
    ada = provider.created(userName="ada", externalId="1")["id"]
    case = Case(stack, key, ada, kind)
    case.imposed(state)
    assert provider.ask("DELETE", f"/Users/{ada}").status_code == 204
    assert provider.get(f"/Users/{ada}").status_code == 404
    assert provider.found("")["totalResults"] == 0
    assert key.get(f"/members/{ada}").json()["state"] == state
    again = provider.created(userName="ada", externalId="1")
    assert (again["id"], again["active"]) == (ada, False)
