"""Reminders follow their event and are told exactly once, at their time, whoever is killed or runs twice."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from pydantic import SecretStr
from pydantic_core import from_json

from services.events.app import service
from services.events.reminders.due import tell_some
from shared.identity import Actor, service_actor
from shared.runtime import open_store
from shared.settings import Settings
from shared.store import Context, Store
from shared.testing import Cluster, eventually
from tests.events.conftest import Facts, an_event, soon
from tests.membership.conftest import Someone

Published = Callable[..., dict[str, Any]]
LONG_AGO = "2026-01-01T00:00:00.000000Z"


def reminders(stack: Cluster, event: dict[str, Any]) -> list[tuple[str, int, str, datetime, int]]:
    """Kind, number, state, due time and version of each."""
    sql = f"SELECT kind, number, state, due_at, version FROM reminder WHERE event_id = '{event['id']}'"
    rows = [(*row[:3], moment(row[3]), row[4]) for row in stack.rows("events", sql)]
    return sorted(rows, key=lambda row: row[1])


def states(stack: Cluster, event: dict[str, Any]) -> list[str]:
    return [row[2] for row in reminders(stack, event)]


def moment(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def fall_due(stack: Cluster, event: dict[str, Any], at: str, number: int = 1) -> None:
    sql = f"UPDATE reminder SET due_at = '{at}' WHERE event_id = '{event['id']}' AND number = {number}"
    stack.execute("events", sql)


def local(**later: float) -> datetime:
    return datetime.fromisoformat(soon(**later) + "+00:00")


def test_without_a_plan_there_is_a_reminder_the_day_before_and_a_follow_up(
    stack: Cluster, published: Published, facts: Facts
) -> None:
    event = published()
    starts, ends = moment(event["starts_at"]), moment(event["ends_at"])
    assert reminders(stack, event) == [
        ("reminder", 1, "planned", starts - timedelta(days=1), 1),
        ("follow_up", 2, "planned", ends + timedelta(hours=1), 1),
    ]
    assert len(facts("event_reminder_planned")) == 2
    assert reminders(stack, published(reminders=[])) == []


def test_only_what_lies_ahead_of_an_announced_event_is_planned(
    stack: Cluster, organiser: Someone, published: Published
) -> None:
    plan = [{"days": 2, "at": "09:00"}, {"minutes": 30}, {"kind": "follow_up", "minutes": 0}]
    draft = organiser.made("/events", an_event(reminders=plan))
    assert reminders(stack, draft) == []
    tomorrow = published(starts_at=soon(days=1), reminders=plan)
    assert [row[:3] for row in reminders(stack, tomorrow)] == [
        ("reminder", 2, "planned"),
        ("follow_up", 3, "planned"),
    ]


def test_they_move_with_the_event_and_rest_while_it_has_no_time(
    stack: Cluster, organiser: Someone, published: Published, facts: Facts
) -> None:
    event = published()
    path = f"/events/{event['id']}"
    later = organiser.patch(path, {"starts_at": soon(days=9)}, If_Match="*").json()
    assert reminders(stack, event)[0][2:] == (
        "planned",
        moment(later["starts_at"]) - timedelta(days=1),
        2,
    )
    organiser.made(f"{path}/postpone")
    assert states(stack, event) == ["skipped", "skipped"]
    again = organiser.made(f"{path}/publish", {"starts_at": soon(days=30)})
    assert reminders(stack, event)[0][2:4] == (
        "planned",
        moment(again["starts_at"]) - timedelta(days=1),
    )
    organiser.patch(path, {"reminders": [{"minutes": 5}]}, If_Match="*")
    assert states(stack, event) == ["planned", "skipped"]
    organiser.made(f"{path}/cancel", {"reason": "Rain"})
    assert states(stack, event) == ["skipped", "skipped"]
    told = Counter(
        (fact["reminder_id"], fact["aggregate_version"]) for fact in facts("event_reminder_planned")
    )
    versions = stack.rows("events", f"SELECT sum(version) FROM reminder WHERE event_id = '{event['id']}'")
    assert (len(told), max(told.values())) == (versions[0][0], 1)


def test_each_is_told_once_and_again_for_another_time_only(
    stack: Cluster, organiser: Someone, published: Published, facts: Facts
) -> None:
    event = published(starts_at=soon(hours=25))
    fall_due(stack, event, LONG_AGO)
    eventually(lambda: states(stack, event)[0] == "told", within=10)
    [told] = facts("event_reminder_due")
    assert (told["event_id"], told["kind"], told["number"]) == (event["id"], "reminder", 1)
    path = f"/events/{event['id']}"
    assert organiser.patch(path, {"title": "Another title"}, If_Match="*").is_success
    assert states(stack, event)[0] == "told"
    assert organiser.patch(path, {"starts_at": soon(days=8)}, If_Match="*").is_success
    assert states(stack, event) == ["planned", "planned"]
    assert len(facts("event_reminder_due")) == 1


def test_what_comes_hours_late_is_told_unless_the_event_has_begun(
    stack: Cluster, published: Published, facts: Facts
) -> None:
    coming, begun = published(), published()
    sql = f"UPDATE event SET starts_at = '{LONG_AGO}' WHERE id = '{begun['id']}'"
    stack.execute("events", sql)
    for event in (coming, begun):
        fall_due(stack, event, LONG_AGO)
    fall_due(stack, begun, LONG_AGO, number=2)
    eventually(lambda: states(stack, begun) == ["skipped", "told"], within=10)
    eventually(lambda: states(stack, coming) == ["told", "planned"], within=10)
    assert Counter((fact["event_id"], fact["kind"]) for fact in facts("event_reminder_due")) == {
        (coming["id"], "reminder"): 1,
        (begun["id"], "follow_up"): 1,
    }


EVENTS = 20


def test_killed_in_between_and_run_by_three_at_once_each_is_told_once(
    cluster: Callable[..., Cluster],
) -> None:
    own = cluster(("events",))
    community, member = uuid4(), uuid4()
    roles = frozenset({"member", "organizer"})
    actor = Actor("member", str(member), uuid4(), member, community_id=community, roles=roles)
    with own.direct("events", actor) as client:
        organiser = Someone(client, community, member)
        for _ in range(EVENTS):
            event = organiser.made("/events", an_event())
            organiser.made(f"/events/{event['id']}/publish")
    pid = own.crash_at("events", "mid_reminders_told")
    own.execute("events", f"UPDATE reminder SET due_at = '{LONG_AGO}' WHERE kind = 'reminder'")
    own.restarted("events", pid)
    eventually(lambda: told(own) == Counter({1: EVENTS}), within=15)
    own.stop()
    own.execute("events", f"UPDATE reminder SET due_at = '{LONG_AGO}' WHERE kind = 'follow_up'")
    shares = asyncio.run(three(own))
    assert sum(shares) == EVENTS
    assert told(own) == Counter({1: 2 * EVENTS})


def told(own: Cluster) -> Counter[int]:
    """How many reminders were told how often."""
    sql = "SELECT payload FROM outbox WHERE subject LIKE '%.event_reminder_due.%'"
    return Counter(Counter(from_json(row[0])["reminder_id"] for row in own.rows("events", sql)).values())


async def three(own: Cluster) -> list[int]:
    """Three replicas at once, which no lease holds apart; how many each told."""
    url = own.variables().get("GUILDHALL_DATABASE_URL")
    limits = Settings(home=own.home, database_url=SecretStr(url) if url else None)
    stores = [open_store(service, limits, b"secret") for _ in range(3)]
    for store in stores:
        await store.open()

    async def replica(store: Store) -> int:
        count = 0
        while taken := await store.write(tell_some, Context(actor=service_actor("events"))):
            count += taken
        return count

    shares = await asyncio.gather(*map(replica, stores))
    for store in stores:
        await store.close()
    return list(shares)


def test_a_follow_up_counts_from_the_real_end(
    stack: Cluster, organiser: Someone, published: Published
) -> None:
    event = published(reminders=[{"kind": "follow_up", "minutes": 10}])
    organiser.made(f"/events/{event['id']}/start")
    done = organiser.made(f"/events/{event['id']}/complete")
    [row] = reminders(stack, event)
    assert row[2:4] == ("planned", moment(done["ends_at"]) + timedelta(minutes=10))
