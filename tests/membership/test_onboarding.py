"""The welcome: steps done by facts, completed once; and the stage metrics tells of."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.membership.members import rules
from services.membership.members.rules import Step
from shared.contracts.announced import MemberStageChanged
from shared.contracts.events import RegistrationCheckedIn
from shared.contracts.knowledge import ArticlePublished
from shared.facts import ActorRef
from shared.testing import Cluster, eventually
from tests.membership.conftest import Someone
from tests.membership.telling import tell

Person = Callable[..., Someone]
Facts = Callable[..., list[dict[str, Any]]]
ADA = {"handle": "ada", "display_name": "Ada"}


def an_article() -> dict[str, Any]:
    """What knowledge says of an article beside whose it is."""
    said = {"revision": 1, "first": True, "title": "T", "kind": "how_to", "verified_until": datetime.now(UTC)}
    return {"article_id": uuid4()} | said


def done(key: Someone, member: Someone) -> dict[str, Any]:
    found: dict[str, Any] = key.get(f"/members/{member.member_id}/onboarding").json()
    return found


def steps(key: Someone, member: Someone) -> list[str]:
    return [each["step"] for each in done(key, member)["steps"] if each["done_at"]]


def speak(engagement: httpx.Client, member: Someone) -> None:
    """The member opens a topic, and replies to themselves."""
    place = f"/v1/communities/{member.community}"
    channel = engagement.post(f"{place}/channels", json={"name": "General", "kind": "internal"}).json()
    opening = {"channel_id": channel["id"], "title": "Hello", "body": "Hi.", "kind": "discussion"}
    author = {"author_member_id": str(member.member_id)}
    topic = engagement.post(f"{place}/topics", json=opening | author)
    assert topic.status_code == 201, topic.text
    assert engagement.post(
        f"{place}/topics/{topic.json()['id']}/posts", json={"body": "Hi!"} | author
    ).is_success


def test_a_newcomer_is_welcomed_once(
    stack: Cluster, key: Someone, joined: Person, engagement: httpx.Client, facts: Facts
) -> None:
    assert key.get("/onboarding").json() == {"steps": ["joined", "profile_completed", "introduced"]}
    ada = joined("ada")
    assert steps(key, ada) == ["joined"]
    ada.patch(f"/members/{ada.member_id}", {"bio": "Hello", "interests": ["engines"]}, If_Match="*")
    assert steps(key, ada) == ["joined", "profile_completed"]
    assert done(key, ada)["completed_at"] is None
    speak(engagement, ada)
    eventually(lambda: done(key, ada)["completed_at"], within=10)
    ada.patch(f"/members/{ada.member_id}", {"bio": "Hello again"}, If_Match="*")
    speak(engagement, ada)
    stack.wait_converged()
    told = [fact["fact"] for fact in facts() if fact.get("member_id") == str(ada.member_id)]
    assert told.count("member_onboarding_completed") == 1
    version = key.get(f"/members/{ada.member_id}").json()["version"]
    mine = [fact for fact in facts() if fact.get("member_id") == str(ada.member_id)]
    of_member = [fact["aggregate_version"] for fact in mine if fact["fact"].startswith("member_")]
    assert of_member == list(range(1, version + 1))


def test_other_services_facts_are_steps(stack: Cluster, key: Someone, joined: Person, facts: Facts) -> None:
    asked = ["event_attended", "article_published", "article_published"]
    assert key.ask("PUT", "/onboarding", {"steps": asked}).json() == {"steps": asked[:2]}
    ada = joined("ada")
    assert ada.ask("PUT", "/onboarding", {"steps": []}).status_code == 403
    of: dict[str, Any] = {"community_id": key.community, "actor": ActorRef(kind="service", id="x")}
    of["aggregate_version"] = 1
    hers = of | {"author_id": ada.member_id}
    came = RegistrationCheckedIn(
        **of, registration_id=uuid4(), event_id=uuid4(), member_id=ada.member_id or uuid4(), party_size=1
    )
    wrote, again = (ArticlePublished(**hers, **an_article()) for _ in range(2))
    stranger = ArticlePublished(**of, **an_article(), author_id=uuid4())
    tell(stack, wrote, stranger, came, again)
    eventually(lambda: done(key, ada)["completed_at"], within=10)
    assert len(facts("member_onboarding_completed")) == 1


def test_joining_may_be_all_that_is_asked(key: Someone, person: Person, name: Any, facts: Facts) -> None:
    key.ask("PUT", "/onboarding", {"steps": ["joined"]})
    member = person(name("ada")).made("/members", ADA)
    assert member["version"] == 2
    assert [fact["fact"] for fact in facts()][-2:] == ["member_joined", "member_onboarding_completed"]
    assert person(name("eve")).get(f"/members/{member['id']}/onboarding").status_code == 403
    assert person(name("ada")).get(f"/members/{member['id']}/onboarding").json()["completed_at"]


def test_the_newest_stage_counts(stack: Cluster, key: Someone, joined: Person) -> None:
    ada = joined("ada")

    def stage(word: Any, version: int) -> MemberStageChanged:
        return MemberStageChanged(
            community_id=key.community,
            member_id=ada.member_id,  # type: ignore[arg-type]  # Ada is a member
            stage=word,
            since=datetime(2026, 1, version, tzinfo=UTC),
            aggregate_version=version,
        )

    before = key.get(f"/members/{ada.member_id}").json()
    tell(stack, stage("engaged", 3), stage("new", 2), stage("lurker", 1))
    profile = f"/members/{ada.member_id}/profile"
    eventually(lambda: key.get(profile).json()["stage"] == "engaged", within=10)
    tell(stack, stage("leader", 4), stage("contributor", 2))
    eventually(lambda: key.get(profile).json()["stage"] == "leader", within=10)
    assert key.get(profile).json()["stage_since"] == "2026-01-04T00:00:00Z"
    assert key.get(f"/members/{ada.member_id}").json() == before
    assert [each["handle"] for each in key.get("/members?stage=leader").json()["items"]] == ["ada"]
    assert ada.get("/members?stage=leader").status_code == 403


@pytest.mark.parametrize(
    ("asked", "did", "welcomed"),
    [
        ([], [], True),
        (["joined"], [], True),
        (["joined", "introduced"], ["joined"], False),
        (["introduced"], ["introduced"], True),
        (list(Step), list(Step)[:-1], False),
    ],
)
def test_who_has_done_what_is_asked_is_welcomed(asked: list[str], did: list[str], welcomed: bool) -> None:
    assert rules.is_welcomed(asked, dict.fromkeys(did, "2026-01-01")) == welcomed
