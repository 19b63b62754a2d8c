"""The clock of promises: each is late once and broken once, whoever is killed, sleeps or runs twice (M2)."""

import asyncio
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from pydantic_core import from_json

from services.membership.app import service
from services.membership.models import Promise
from services.membership.promises.clock import AT_ONCE, take_some
from services.membership.promises.occasions import keep_some, remember
from services.membership.promises.waiting import AWAITED
from shared.contracts.announced import FeedbackShipped
from shared.identity import service_actor
from shared.runtime import open_store
from shared.settings import Settings
from shared.store import Context, Store, Tx
from shared.testing import Cluster, Postgres, eventually
from tests.conftest import found_community
from tests.faults.test_two_relays import second_replica

HOUR = 3600.0
PROMISES = 120
THEFTS = 8
Make = Callable[..., Cluster]


class Ledger:
    """Promises of one community, and every fact that was told of them."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        with cluster.direct("membership") as client:
            self.community = found_community(client)

    def make(self, count: int, due: float, grace_hours: int = 0, **given: Any) -> None:
        """As many promises, due in `due` seconds."""
        at = (datetime.now(UTC) + timedelta(seconds=due)).isoformat()
        with self.cluster.direct("membership") as client:
            for _ in range(count):
                command = {
                    "to": {"kind": "inquiry", "id": str(uuid4())},
                    "text": "Soon.",
                    "due": {"at": at} | given,
                    "grace_hours": grace_hours,
                }
                answer = client.post(f"/v1/communities/{self.community}/promises", json=command)
                assert answer.status_code == 201, answer.text

    def fall_due(self, count: int = PROMISES) -> None:
        """Lets time and grace of so many be over at once."""
        waiting = f"community_id = '{self.community}' AND on_event IS NULL AND due_at > made_at"
        some = f"SELECT id FROM promise WHERE {waiting} LIMIT {count}"
        past = "due_at = made_at, breaks_at = made_at, clock_at = made_at"
        self.cluster.execute("membership", f"UPDATE promise SET {past} WHERE id IN ({some})")

    def states(self) -> Counter[str]:
        sql = f"SELECT state, count(*) FROM promise WHERE community_id = '{self.community}' GROUP BY state"
        return Counter(dict(self.cluster.rows("membership", sql)))

    def wait(self, within: float = 20.0, **states: int) -> None:
        eventually(lambda: self.states() == Counter(states), within=within)

    def told(self) -> dict[str, list[dict[str, Any]]]:
        """The facts of each promise in the order of its versions, which have no gap."""
        sql = (
            f"SELECT subject, payload FROM outbox WHERE community_id = '{self.community}' "
            "AND aggregate_type = 'promise' ORDER BY seq"
        )
        facts: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for subject, payload in self.cluster.rows("membership", sql):
            fact = from_json(payload)
            facts[fact["promise_id"]].append({"fact": subject.split(".")[2]} | fact)
        for story in facts.values():
            assert [fact["aggregate_version"] for fact in story] == list(range(1, len(story) + 1))
        return facts

    def told_alike(self, *names: str) -> None:
        """Each promise has exactly this story."""
        stories = [[fact["fact"] for fact in story] for story in self.told().values()]
        assert stories == [["promise_made", *names]] * len(stories)


def test_killed_between_two_promises_and_between_two_commits(breakable: Cluster) -> None:
    """Killed before a commit, nothing of its batch has happened; killed after it, all of it."""
    ledger, first, done = Ledger(breakable), breakable.pid("membership"), 0
    ledger.make(PROMISES, due=HOUR)
    for point in ("mid_promises_advanced", "after_promises_advanced") * 2:
        breakable.crash_at("membership", point)
        ledger.fall_due()
        eventually(lambda: not (breakable.home / "crash").exists(), within=20)
        done += AT_ONCE * point.startswith("after")
        assert ledger.states() == Counter(open=PROMISES - done, **({"broken": done} if done else {}))
    ledger.wait(broken=PROMISES)
    ledger.told_alike("promise_late", "promise_broken")
    assert breakable.pid("membership") != first
    breakable.wait_converged()


def test_after_a_long_sleep_each_goes_through_late_and_broken(cluster: Make) -> None:
    """The service is down while their time comes, then while their grace ends; others sleep through both."""
    asleep = cluster(("membership",))
    ledger = Ledger(asleep)
    ledger.make(60, due=HOUR, grace_hours=1)
    ledger.make(60, due=HOUR + 2 * HOUR, grace_hours=1)
    for hours, states in ((1.5, {"open": 60, "late": 60}), (100, {"broken": 120})):
        asleep.stop()
        asleep.environment["CLOCK_OFFSET_SECONDS"] = str(hours * HOUR)
        asleep.start()
        ledger.wait(**states)
    ledger.told_alike("promise_late", "promise_broken")
    due = {
        str(id_): (_moment(due_at), _moment(breaks_at))
        for id_, due_at, breaks_at in asleep.rows("membership", "SELECT id, due_at, breaks_at FROM promise")
    }
    for id_, (_, late, broken) in ledger.told().items():
        moments = tuple(datetime.fromisoformat(fact["occurred_at"]) for fact in (late, broken))
        assert moments == due[id_]
        assert moments[1] - moments[0] == timedelta(hours=1)


def _moment(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def test_two_replicas_under_a_stolen_lease(breakable: Cluster, breakable_server: Postgres | None) -> None:
    if breakable_server is None:
        pytest.skip("a SQLite file has one process")
    ledger = Ledger(breakable)
    holders, pause = set(), threading.Event()
    with second_replica(breakable, "membership"):
        ledger.make(PROMISES * 2, due=HOUR)
        for _ in range(THEFTS):
            ledger.fall_due(PROMISES * 2 // THEFTS)
            stolen = "UPDATE lease SET expires_at = now() - interval '1 second', fence = fence + 1"
            breakable.execute("membership", stolen)
            pause.wait(0.8)
            holders.add(breakable.rows("membership", "SELECT holder FROM lease WHERE name = 'leader'")[0][0])
        ledger.wait(broken=PROMISES * 2)
    ledger.told_alike("promise_late", "promise_broken")
    assert len(holders) == 2
    breakable.wait_converged()


def test_three_at_once_share_what_is_to_be_done(cluster: Make) -> None:
    """No lease holds them apart: the statements alone see to it that nobody takes what another has."""
    alone = cluster(("membership",))
    ledger = Ledger(alone)
    ledger.make(PROMISES, due=HOUR)
    ledger.make(PROMISES, due=HOUR, on_event="engagement.feedback_shipped")
    alone.stop()
    ledger.fall_due()
    fact = FeedbackShipped(community_id=ledger.community, feedback_id=uuid4())
    context = Context(actor=service_actor("membership"), community_id=ledger.community)

    async def hear(tx: Tx) -> None:
        await remember(tx, fact)

    async def replica(store: Store) -> tuple[int, int]:
        """Goes on until there is nothing left; how many it kept, and how many it broke."""
        kept = broken = 0
        awaited = await store.read(lambda tx: tx.all(AWAITED), context)
        for heard in (each for each in awaited if each.id == fact.fact_id):
            while taken := await store.write(partial(keep_some, heard=heard), context):
                kept += taken
        while taken := await store.write(take_some, context):
            broken += taken
        return kept, broken

    async def three() -> list[tuple[int, int]]:
        url = alone.variables().get("GUILDHALL_DATABASE_URL")
        limits = Settings(home=alone.home, database_url=SecretStr(url) if url else None)
        stores = [open_store(service, limits, b"secret") for _ in range(3)]
        for store in stores:
            await store.open()
        await stores[0].write(hear, context)
        shares = await asyncio.gather(*map(replica, stores))
        for store in stores:
            await store.close()
        return list(shares)

    shares = asyncio.run(three())
    assert (sum(kept for kept, _ in shares), sum(broken for _, broken in shares)) == (PROMISES,) * 2
    assert ledger.states() == Counter(kept=PROMISES, broken=PROMISES)
    assert Counter(len(story) for story in ledger.told().values()) == {2: PROMISES, 3: PROMISES}


SETTLED = 5_000
LOOKS = {
    "promise_clock_at_idx": "SELECT id FROM promise WHERE clock_at IS NOT NULL "
    "AND clock_at < '2100-01-01' ORDER BY clock_at LIMIT 50",
    "promise_waits_idx": "SELECT id FROM promise WHERE community_id = '{community}' AND settled_at IS NULL "
    "AND on_event = 'engagement.feedback_shipped' AND made_at < '2100-01-01' ORDER BY made_at LIMIT 50",
}


def test_looking_for_what_is_due_reads_nothing_that_is_settled(breakable: Cluster) -> None:
    ledger = Ledger(breakable)
    ledger.make(1, due=HOUR)
    columns = [column.name for column in Promise.__table__.columns]  # type: ignore[attr-defined]
    own = {"id": "gen_random_uuid()", "state": "'kept'", "clock_at": "NULL", "settled_at": "made_at"}
    numbers = f"generate_series(1, {SETTLED})"
    if breakable.postgres is None:
        own["id"] = "lower(hex(randomblob(18)))"
        counted = f"SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < {SETTLED}"
        numbers = f"(WITH RECURSIVE n AS ({counted}) SELECT i FROM n)"
    values = ", ".join(own.get(name, f"promise.{name}") for name in columns)
    own_one = f"FROM promise, {numbers} AS numbers WHERE promise.community_id = '{ledger.community}'"
    breakable.execute("membership", f"INSERT INTO promise ({', '.join(columns)}) SELECT {values} {own_one}")
    breakable.execute("membership", "ANALYZE promise")
    explain = "EXPLAIN QUERY PLAN" if breakable.postgres is None else "EXPLAIN"
    for index, sql in LOOKS.items():
        plan = str(breakable.rows("membership", f"{explain} {sql.format(community=ledger.community)}"))
        assert index in plan, plan
        assert "Sort" not in plan, plan
        assert "TEMP B-TREE" not in plan, plan
    breakable.execute("membership", f"DELETE FROM promise WHERE community_id = '{ledger.community}'")
