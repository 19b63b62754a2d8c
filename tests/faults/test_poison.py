"""F8 and F9: what cannot be applied is set aside; order and number of deliveries do not matter (P4, P16)."""

import asyncio
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import httpx
import nats
import pytest
from nats.errors import MaxPayloadError
from nats.js.api import ConsumerConfig, DeliverPolicy

from shared.facts import STREAM
from shared.testing import Cluster, Postgres, eventually
from shared.testing.cluster import ROOT
from tests.conftest import found_community
from tests.faults.load import found_world

JOINED = "guildhall.membership.member_joined.v1"
Message = tuple[str, bytes]


@pytest.fixture(scope="module")
def poisoned(server: Postgres | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster whose stream may hold what no service has ever said."""
    with Cluster(tmp_path_factory.mktemp("home"), postgres=server, migrated=True) as cluster:
        yield cluster


@pytest.fixture
def client(poisoned: Cluster) -> Iterator[httpx.Client]:
    with poisoned.client() as client:
        yield client


def publish(cluster: Cluster, messages: list[Message]) -> None:
    """Puts messages into the stream, past every outbox."""

    async def work() -> None:
        connection = await nats.connect(cluster.broker_url, allow_reconnect=False)
        try:
            stream = connection.jetstream()
            for subject, payload in messages:
                await stream.publish(subject, payload, stream=STREAM)
        finally:
            await connection.close()

    asyncio.run(work())


def recorded(cluster: Cluster, community: UUID) -> list[Message]:
    """What the stream holds of a community, in order."""

    async def work() -> list[Message]:
        connection = await nats.connect(cluster.broker_url, allow_reconnect=False)
        try:
            stream = connection.jetstream()
            subject = f"guildhall.*.*.*.{community}"
            config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL)
            subscription = await stream.subscribe(
                subject, stream=STREAM, ordered_consumer=True, config=config
            )
            found: list[Message] = []
            while True:
                try:
                    message = await subscription.next_msg(timeout=0.5)
                except TimeoutError:
                    await subscription.unsubscribe()
                    return found
                found.append((message.subject, message.data))
        finally:
            await connection.close()

    return asyncio.run(work())


def joined(community: UUID, **changes: Any) -> Message:
    """A fact nobody but this test tells."""
    fact = {
        "fact_id": str(uuid4()),
        "occurred_at": "2026-01-05T10:00:00Z",
        "community_id": str(community),
        "actor": {"kind": "service", "id": "test"},
        "aggregate_version": 1,
        "member_id": str(uuid4()),
        "source": "added",
    }
    return f"{JOINED}.{community}", json.dumps(fact | changes).encode()


def bad_messages(community: UUID) -> list[Message]:
    """One that is no JSON, and one that is no fact."""
    subject = f"{JOINED}.{community}"
    return [(subject, b"{not json"), (subject, b'{"fact_id": "' + str(uuid4()).encode() + b'"}')]


@contextmanager
def defect(cluster: Cluster, fact_id: str) -> Iterator[None]:
    """As long as the block lasts, applying this one fact fails whatever its handler does."""
    if cluster.postgres is not None:
        cluster.execute("metrics", f"ALTER TABLE source ADD CONSTRAINT defect CHECK (fact_id <> '{fact_id}')")
        mend = "ALTER TABLE source DROP CONSTRAINT defect"
    else:
        refuse = (
            f"BEFORE INSERT ON source WHEN NEW.fact_id = '{fact_id}' BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        cluster.execute("metrics", f"CREATE TRIGGER defect {refuse}")
        mend = "DROP TRIGGER defect"
    try:
        yield
    finally:
        cluster.execute("metrics", mend)


def ignored_messages(community: UUID) -> list[Message]:
    """A fact nobody knows, and a version nobody understands yet."""
    return [
        (f"guildhall.membership.member_exploded.v1.{community}", b"{}"),
        (f"guildhall.membership.member_joined.v2.{community}", b"{}"),
    ]


def _applied(cluster: Cluster, messages: list[Message]) -> int:
    wanted = {json.loads(payload)["fact_id"] for _, payload in messages}
    rows = cluster.rows("metrics", "SELECT fact_id FROM source")
    return len(wanted & {row[0] for row in rows})


PARKED = "SELECT count(*) FROM dead_letter WHERE status = 'parked'"


def _parked(cluster: Cluster) -> int:
    return int(cluster.rows("metrics", PARKED)[0][0])


def _of(community: UUID) -> str:
    return f"community_id = '{community}'"


def _redrive(cluster: Cluster) -> str:
    """Lets everything that is parked be tried again; what the command says."""
    command = [sys.executable, "-m", "cli.main", "dead-letters", "redrive", "--all"]
    done = subprocess.run(
        command, cwd=ROOT, env=cluster.variables(), capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout


def test_the_good_are_applied_and_exactly_the_bad_set_aside(poisoned: Cluster, client: httpx.Client) -> None:
    community = found_community(client)
    poisoned.wait_converged()
    good, unlucky = [joined(community) for _ in range(60)], joined(community)
    mixed = [*good, unlucky, *bad_messages(community), *ignored_messages(community)]
    random.Random(1).shuffle(mixed)
    with defect(poisoned, json.loads(unlucky[1])["fact_id"]):
        publish(poisoned, mixed)
        eventually(lambda: _applied(poisoned, good) == len(good), within=20)
        eventually(lambda: _parked(poisoned) == 3, within=20)
        assert _applied(poisoned, [unlucky]) == 0
        assert poisoned.metric("metrics", "guildhall_dead_letters") == 3
        poisoned.wait_converged()  # others hear of members, too, each in its own time

    # Once the defect is mended its fact can be applied, once; what is no fact is set aside again.
    everywhere = sum(int(poisoned.rows(service, PARKED)[0][0]) for service in poisoned.services)
    assert everywhere >= 3
    assert _redrive(poisoned).startswith(f"{everywhere} released")
    eventually(lambda: _applied(poisoned, [unlucky]) == 1, within=20)
    eventually(lambda: _parked(poisoned) == 2, within=20)
    counted = f"SELECT sum(people) FROM kind_day JOIN community ON live = rollup WHERE {_of(community)}"
    assert poisoned.rows("metrics", f"{counted} AND kind = 'joined'") == [(len(good) + 1,)]


def test_what_is_too_large_for_a_fact_never_gets_into_the_stream(poisoned: Cluster) -> None:
    with pytest.raises(MaxPayloadError):
        publish(poisoned, [(f"{JOINED}.{uuid4()}", b"x" * 2_000_000)])


def converse(client: httpx.Client) -> UUID:
    """A community in which a few people said a few things."""
    community = found_community(client)
    world = found_world(client, community)
    dice = random.Random(2)
    for number in range(6):
        member = {"handle": f"m{number}", "display_name": "Member"}
        world.members.append(client.post(f"{world.path}/members", json=member).json()["id"])
    for _ in range(5):
        body = {"channel_id": world.channel, "title": "t", "body": "b", "kind": "question"}
        author = {"author_member_id": dice.choice(world.members)}
        topic = client.post(f"{world.path}/topics", json=body | author).json()["id"]
        for _ in range(dice.randrange(6)):
            author = {"author_member_id": dice.choice(world.members)}
            posted = client.post(f"{world.path}/topics/{topic}/posts", json={"body": "b"} | author)
            assert posted.status_code == 201, posted.text
    return community


def told_again(messages: list[Message], community: UUID) -> list[Message]:
    """The same story about another community."""
    again = []
    for subject, payload in messages:
        fact = json.loads(payload)
        fact |= {"community_id": str(community), "fact_id": str(uuid5(community, fact["fact_id"]))}
        again.append((f"{subject.rpartition('.')[0]}.{community}", json.dumps(fact).encode()))
    return again


ORDERS: dict[str, Any] = {
    "in order": lambda messages: messages,
    "each three times": lambda messages: [message for message in messages for _ in range(3)],
    "backwards": lambda messages: messages[::-1],
    "shuffled": lambda messages: random.Random(3).sample(messages, len(messages)),
    "one comes late": lambda messages: messages[1:] + messages[:1],
    "all of it again": lambda messages: messages + messages,
}


def figures(client: httpx.Client, community: UUID) -> dict[str, Any]:
    """What metrics answers about the community as a whole."""
    today = datetime.now(UTC).date()
    span = {"from": str(today - timedelta(days=2)), "to": str(today + timedelta(days=2)), "step": "all"}
    found = {}
    for metric in ("content_count", "dau", "gini", "participation_split", "first_response", "growth_net"):
        answer = client.get(f"/v1/communities/{community}/metrics/{metric}", params=span)
        assert answer.status_code == 200, answer.text
        found[metric] = answer.json()["points"]
    return found


@pytest.mark.parametrize("order", ORDERS)
def test_any_order_and_number_of_deliveries_gives_the_same_figures(
    poisoned: Cluster, client: httpx.Client, order: str
) -> None:
    original = converse(client)
    poisoned.wait_converged()
    messages = recorded(poisoned, original)
    assert len(messages) > 10
    other = uuid4()
    publish(poisoned, ORDERS[order](told_again(messages, other)))
    expected = figures(client, original)
    with poisoned.direct("metrics") as metrics:
        eventually(lambda: figures(metrics, other) == expected, within=20, every=0.1)
