"""Counting again gives the same numbers; a changed time zone is counted again, and says so meanwhile."""

import random
from typing import Any

import httpx

from shared.testing import eventually
from tests.metrics.conftest import Community, done

METRICS = [
    "dau",
    "wau",
    "mau",
    "stickiness",
    "retention",
    "lifecycle",
    "gini",
    "top_share",
    "participation_split",
    "contribution_rate",
    "content_count",
    "first_response",
    "growth_net",
    "event_attendance_rate",
    "no_show",
    "fill",
    "waitlist_conversion",
    "event_reach",
    "knowledge_freshness",
    "stale_articles",
    "search_success",
    "zero_result_rate",
    "answer_rate",
    "time_to_accepted",
    "deflection",
]


def numbers(place: Community) -> dict[str, Any]:
    return {
        f"{metric} by {step}": place.points(metric, step=step)
        for metric in METRICS
        for step in ("day", "week", "month", "all")
    }


def tell_history(place: Community) -> None:
    chance = random.Random(3)
    kinds = ("message", "read", "question")
    place.ingest(
        done(
            f"p{chance.randrange(9)}", chance.randrange(100), chance.choice(kinds), hour=chance.randrange(24)
        )
        for _ in range(1200)
    )
    place.counted()


def rebuilt(place: Community) -> bool:
    answer: httpx.Response = place.ask("/metrics/rebuild")
    return bool(answer.json()["state"] == "idle")


def test_rebuilt_equals_live(place: Community) -> None:
    tell_history(place)
    live = numbers(place)
    started = place.metrics.post(f"{place.path}/metrics/rebuild")
    assert (started.status_code, started.json()["state"]) == (202, "building")
    eventually(lambda: rebuilt(place), within=15)
    assert numbers(place) == live


def test_a_new_time_zone_moves_activity_to_other_days(place: Community) -> None:
    place.ingest([done("a", 0, hour=23), done("b", 1, hour=1)])
    place.counted()
    assert [point["value"] for point in place.points("dau")] == [1, 1]
    tag = place.membership.get(place.path).headers["ETag"]
    moved = place.membership.patch(place.path, json={"timezone": "Asia/Tokyo"}, headers={"If-Match": tag})
    assert moved.is_success, moved.text
    eventually(lambda: [point["value"] for point in place.points("dau")] == [2])
    [point] = place.points("dau")
    assert (point["at"], point["complete"]) == ("2024-01-02", True)
