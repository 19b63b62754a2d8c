"""Promises kept by what happens elsewhere, and promises made elsewhere; in any order, however often told."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.announced import (
    FeedbackShipped,
    InquiryResponded,
    PromiseRequested,
)
from shared.contracts.events import EventPublished
from shared.contracts.knowledge import ArticlePublished
from shared.facts import Fact
from shared.testing import Cluster, eventually
from tests.membership.conftest import Someone
from tests.membership.telling import tell
from tests.membership.test_promises import Facts, made, state, told

OCCASIONS: list[tuple[str, Callable[[UUID, UUID], Fact]]] = [
    ("engagement.inquiry_responded", lambda c, a: InquiryResponded(community_id=c, inquiry_id=a)),
    ("engagement.feedback_shipped", lambda c, a: FeedbackShipped(community_id=c, feedback_id=a)),
    ("events.event_published", lambda c, a: published(c, a)),
    (
        "knowledge.article_published",
        lambda c, a: written(c, a),
    ),
]


def written(community: UUID, article: UUID) -> ArticlePublished:
    said: dict[str, Any] = {"revision": 1, "first": True, "title": "T", "kind": "how_to"}
    fresh = datetime.now(UTC)
    return ArticlePublished(
        community_id=community, article_id=article, author_id=uuid4(), verified_until=fresh, **said
    )


def published(community: UUID, event: UUID) -> EventPublished:
    begins = datetime.now(UTC) + timedelta(days=1)
    return EventPublished(
        community_id=community,
        event_id=event,
        title="A walk",
        starts_at=begins,
        ends_at=begins + timedelta(hours=1),
        timezone="UTC",
        series_id=None,
        format_id=None,
        group_id=None,
    )


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def requested(community: UUID, **changes: Any) -> PromiseRequested:
    given: dict[str, Any] = {
        "promise_id": uuid4(),
        "to_kind": "inquiry",
        "to_id": uuid4(),
        "due_at": None,
        "on_event": "engagement.inquiry_responded",
        "grace_hours": 0,
        "owner_member_id": None,
    }
    return PromiseRequested(community_id=community, **given | changes)


@pytest.mark.parametrize(("occasion", "fact"), OCCASIONS)
def test_the_fact_it_waits_for_keeps_a_promise(
    stack: Cluster, key: Someone, facts: Facts, occasion: str, fact: Callable[[UUID, UUID], Fact]
) -> None:
    about = uuid4()
    any_one = made(key, to={"kind": "conflict", "id": str(uuid4())}, due={"on_event": occasion})
    this_one = made(key, due={"on_event": occasion, "about": str(about)})
    other_one = made(key, due={"on_event": occasion, "about": str(uuid4())})
    happened = fact(key.community, about)
    tell(stack, happened, happened)
    kept = state(key, any_one, "kept")
    assert [(each["fact"], each["fact_id"]) for each in kept["evidence"]] == [
        (occasion, str(happened.fact_id))
    ]
    assert datetime.fromisoformat(kept["settled_at"]) == happened.occurred_at
    state(key, this_one, "kept")
    assert key.get(f"/promises/{other_one}").json()["state"] == "open"
    assert [each["evidence_fact_id"] for each in facts("promise_kept")] == [str(happened.fact_id)] * 2


def test_the_promise_to_return_is_kept_when_the_community_starts(membership: Any) -> None:
    """The promise of the seed's base of potential members (S0:57)."""
    given = {"slug": f"c-{uuid4().hex[:12]}", "name": "To come", "kind": "cop"}
    founded = membership.post("/v1/communities", json=given).json()
    key = Someone(membership, UUID(founded["id"]))
    due = {"on_event": "membership.community_activated", "at": "2100-01-01T00:00:00Z"}
    prospect = key.made("/prospects", {"contact": "ada@example.org", "source_channel": "survey"})["id"]
    ids = [made(key, to={"kind": "prospect", "id": prospect}, due=due) for _ in range(120)]
    assert key.post("/activate").is_success
    for id_ in ids:
        state(key, id_, "kept")


def test_what_happened_before_does_not_count(stack: Cluster, key: Someone) -> None:
    inquiry = uuid4()
    id_ = made(key, due={"on_event": "engagement.inquiry_responded", "about": str(inquiry)})
    before = InquiryResponded(community_id=key.community, inquiry_id=inquiry, occurred_at=ago(60))
    elsewhere = InquiryResponded(community_id=uuid4(), inquiry_id=inquiry)
    mark = made(key, due={"on_event": "engagement.feedback_shipped"})  # of any feedback
    tell(stack, before, elsewhere, FeedbackShipped(community_id=key.community, feedback_id=uuid4()))
    state(key, mark, "kept")
    assert key.get(f"/promises/{id_}").json()["state"] == "open"


def test_with_a_due_time_besides_it_can_break(stack: Cluster, key: Someone, facts: Facts) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=0.5)).isoformat()
    due = {"on_event": "engagement.inquiry_responded", "at": soon}
    late, broken = (
        made(key, to={"kind": "conflict", "id": str(uuid4())}, due=due, grace_hours=grace) for grace in (1, 0)
    )
    state(key, broken, "broken")
    state(key, late, "late")
    tell(stack, InquiryResponded(community_id=key.community, inquiry_id=uuid4()))
    state(key, late, "kept_late")
    assert key.get(f"/promises/{broken}").json()["state"] == "broken"
    assert sorted(told(facts)) == sorted(
        [*["promise_made", "promise_late"] * 2, "promise_broken", "promise_kept_late"]
    )


def test_a_promise_made_elsewhere_is_kept_in_the_ledger(stack: Cluster, key: Someone, facts: Facts) -> None:
    asked = requested(key.community, due_at=datetime.now(UTC) + timedelta(hours=1), grace_hours=2)
    tell(stack, asked, asked)
    found = state(key, str(asked.promise_id), "open")
    assert (found["text"], found["source"], found["grace_hours"]) == (None, "engagement", 2)
    assert found["to"] == {"kind": "inquiry", "id": str(asked.to_id)}
    assert told(facts) == ["promise_made"]


def test_the_order_in_which_things_are_told_does_not_matter(
    stack: Cluster, key: Someone, facts: Facts
) -> None:
    """Requests and what keeps them are told shuffled and twice; what happened before stays without effect."""
    asked, happened, expected = [], [], {}
    for number in range(40):
        inquiry = uuid4()
        request = requested(key.community, to_id=inquiry, occurred_at=ago(100))
        answered = number % 2 == 0
        at = ago(50) if answered else ago(150)
        asked.append(request)
        happened.append(InquiryResponded(community_id=key.community, inquiry_id=inquiry, occurred_at=at))
        expected[str(request.promise_id)] = answered
    mixed: list[Fact] = [*asked, *happened] * 2
    random.Random(7).shuffle(mixed)
    tell(stack, *mixed)

    def kept() -> bool:
        items = key.get("/promises?limit=100").json()["items"]
        return {each["id"]: each["state"] == "kept" for each in items} == expected

    eventually(kept, within=15)
    assert len(facts("promise_kept")) == 20


def test_what_no_caller_could_promise_is_set_aside(stack: Cluster, key: Someone) -> None:
    parked = "SELECT count(*) FROM dead_letter WHERE status = 'parked'"
    before = stack.rows("membership", parked)[0][0]
    good = requested(key.community)
    tell(
        stack,
        requested(key.community, due_at=ago(60)),
        requested(key.community, on_event=None),
        requested(key.community, on_event="weather.rained"),
        requested(key.community, grace_hours=100_000),
        good,
    )
    state(key, str(good.promise_id), "open")
    eventually(lambda: stack.rows("membership", parked)[0][0] == before + 4, within=10)
    assert len(key.get("/promises").json()["items"]) == 1
    stack.execute("membership", "DELETE FROM dead_letter WHERE status = 'parked'")


def test_no_crowd_of_facts_lets_the_clock_overtake_the_one_that_keeps_a_promise(
    stack: Cluster, key: Someone
) -> None:
    """More facts nobody waits for are heard than one round looks at, then the one a promise waits for."""
    inquiry = uuid4()
    soon = (datetime.now(UTC) + timedelta(seconds=4)).isoformat()
    id_ = made(key, due={"on_event": "engagement.inquiry_responded", "about": str(inquiry), "at": soon})
    crowd = [InquiryResponded(community_id=key.community, inquiry_id=uuid4()) for _ in range(250)]
    tell(stack, *crowd, InquiryResponded(community_id=key.community, inquiry_id=inquiry))
    state(key, id_, "kept")
