"""How a thread was opened and first answered, and that a long one costs no more than a short one."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
import sqlalchemy as sa

from services.metrics import models
from services.metrics.models import table
from services.metrics.privacy import erase
from shared.contracts.engagement import (
    ChannelActivityIngested,
    IngestedActivity,
    PostCreated,
    PostDeleted,
    TopicCreated,
)
from shared.data_subjects import DataSubject
from shared.facts import Fact
from shared.store import Tx, scope
from shared.store.sqlite import SqliteStore
from tests.metrics.in_process import Service

START = datetime(2024, 1, 1, tzinfo=UTC)
CHANNEL = UUID(int=7)
Said = tuple[int, str, int | None, bool]
"""At which minute, under which name, by whom, and whether it opens."""

CASES: list[tuple[list[Said], str, int | None]] = [
    ([(0, "a", 1, True), (5, "b", 1, False), (9, "c", 2, False)], "a", 9),
    ([(0, "a", 1, True), (5, "b", 1, False)], "a", None),
    ([(0, "a", 1, True), (5, "b", None, False)], "a", None),
    ([(0, "a", None, True), (5, "b", 2, False)], "a", 5),
    ([(3, "a", 1, False), (4, "b", 2, False)], "a", 1),
    ([(0, "a", 2, False), (3, "b", 1, True), (7, "c", 3, False)], "b", 4),
    ([(2, "a", 1, True), (2, "b", 2, False)], "a", 0),
    ([(2, "a", None, False), (2, "b", 2, False), (2, "c", 1, False)], "a", 0),
    ([(2, "a", 1, False), (2, "b", None, False)], "a", None),
    ([(2, "a", 1, False), (2, "b", 2, False), (2, "c", 3, False)], "a", 0),
]


@pytest.mark.parametrize(
    ("said", "opener", "waited"),
    CASES,
    ids=[
        "the asker's own reply is no response",
        "nobody answered",
        "an unknown author is nobody",
        "anybody answers an unknown asker",
        "without a topic the first one opens",
        "what lies before the topic is no response",
        "at the same instant",
        "of several at the same instant the lowest id opens, though nobody's",
        "of two at the same instant the lower id opens",
        "of three at the same instant the lowest id opens",
    ],
)
def test_a_thread_is_opened_and_answered(
    service: Service, said: list[Said], opener: str, waited: int | None
) -> None:
    """In whatever order it is told."""
    for order in permutations(said):
        community = uuid4()
        ids = {name: UUID(int=uuid4().int // 256 + (ord(name) << 120)) for _, name, _, _ in said}
        service.hear([ingested(community, ids, order[0])], community)
        for one in order[1:]:
            service.hear([ingested(community, ids, one)], community)
        [thread] = threads(service, community)
        at = {name: START + timedelta(minutes=minute) for minute, name, _, _ in said}[opener]
        assert (thread.opening, thread.opened_at) == (ids[opener], at)
        assert thread.waited_microseconds == (None if waited is None else waited * 60_000_000)


def ingested(community: UUID, ids: dict[str, UUID], one: Said) -> Fact:
    minute, name, who, opens = one
    activity = IngestedActivity(
        activity_id=ids[name],
        identity_id=None if who is None else uuid5(community, str(who)),
        kind="question" if opens else "message",
        at=START + timedelta(minutes=minute),
        thread=uuid5(community, "thread"),
    )
    about: dict[str, Any] = {"community_id": community, "occurred_at": activity.at, "aggregate_version": 1}
    return ChannelActivityIngested(channel_id=CHANNEL, activities=[activity], **about)


def threads(service: Service, community: UUID) -> list[Any]:
    of, own = table(models.Thread), table(models.Community)
    live = sa.select(own.c.live).where(scope(models.Community)).scalar_subquery()

    async def held(tx: Tx) -> list[Any]:
        return await tx.all(sa.select(*of.c).where(of.c.rollup == live))

    return service.read(held, community)


@pytest.fixture
def work_of(service: Service) -> Iterator[Callable[[Callable[[], None]], int]]:
    """How many thousand steps SQLite takes for something; on PostgreSQL nobody counts."""
    store, steps = service.store, 0

    def step() -> None:
        nonlocal steps
        steps += 1

    def measure(work: Callable[[], None]) -> int:
        before = steps
        work()
        return steps - before

    if not isinstance(store, SqliteStore):
        yield measure
        return
    store._writer.set_progress_handler(step, 1000)
    yield measure
    store._writer.set_progress_handler(None, 0)


def test_to_take_something_back_costs_the_same_in_a_long_thread(
    service: Service, work_of: Callable[[Callable[[], None]], int]
) -> None:
    """Even what first answered it, and the next that did, as when somebody's posts go the oldest first."""
    short, long = (
        work_of(lambda posts=posts: erase_oldest(service, *posts))  # type: ignore[misc]
        for posts in (thread_of(service, 400), thread_of(service, 6000))
    )
    assert long <= 2 * short


def test_a_chunk_of_an_erasure_costs_the_same_in_a_long_history(
    service: Service, work_of: Callable[[Callable[[], None]], int]
) -> None:
    """Of somebody known under several ids, too."""
    short, long = (
        work_of(lambda asked=asked: erase_some(service, asked))  # type: ignore[misc]
        for asked in (somebody(service, 1200), somebody(service, 9000))
    )
    assert long <= 2 * short


def erase_some(service: Service, asked: DataSubject) -> None:
    async def chunk(tx: Tx) -> dict[str, int]:
        return await erase(tx, asked)

    assert service.write(chunk, asked.community_id) == {"activity": 500}


def somebody(service: Service, activities: int) -> DataSubject:
    """Two identities who did as much each, by turns."""
    community = uuid4()
    identities = (uuid4(), uuid4())
    told = [
        IngestedActivity(
            activity_id=uuid4(),
            identity_id=identities[n % 2],
            kind="message",
            at=START + timedelta(seconds=n),
            thread=None,
        )
        for n in range(activities)
    ]
    about: dict[str, Any] = {"community_id": community, "channel_id": CHANNEL, "aggregate_version": 1}
    for first in range(0, activities, 250):
        service.hear([ChannelActivityIngested(activities=told[first : first + 250], **about)], community)
    return DataSubject(community, (), identities, ())


def thread_of(service: Service, length: int) -> tuple[UUID, UUID, list[UUID]]:
    """A community with a topic of one and replies of another: community, topic, replies."""
    community, topic, posts = uuid4(), uuid4(), [uuid4() for _ in range(length)]
    about: dict[str, Any] = {"community_id": community, "identity_id": None, "aggregate_version": 1}
    facts: list[Fact] = [
        TopicCreated(
            topic_id=topic,
            channel_id=CHANNEL,
            kind="question",
            member_id=uuid4(),
            occurred_at=START,
            **about,
        )
    ]
    member = uuid4()
    for n, post in enumerate(posts):
        when = START + timedelta(seconds=n)
        replied: dict[str, Any] = {"post_id": post, "topic_id": topic, "kind": "reply", "reply_to": None}
        facts.append(PostCreated(**replied, member_id=member, occurred_at=when, **about))
    for first in range(0, len(facts), 500):
        service.hear(facts[first : first + 500], community)
    return community, topic, posts


def erase_oldest(service: Service, community: UUID, topic: UUID, posts: list[UUID]) -> None:
    for first in range(0, 300, 50):
        about: dict[str, Any] = {"community_id": community, "topic_id": topic, "aggregate_version": 2}
        gone = [PostDeleted(post_id=post, **about) for post in posts[first : first + 50]]
        service.hear(list(gone), community)
