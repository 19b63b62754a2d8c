"""Answers over HTTP: every metric equals its definition counted from scratch, in the documented shape."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from tests.metrics import brute
from tests.metrics.brute import Act
from tests.metrics.conftest import MONDAY, Community, done

START = MONDAY.toordinal()
DAYS = 75


@pytest.fixture(scope="module")
def history() -> list[tuple[str, int, str]]:
    """Who did what on which day: 12 people, some loud, some rare, none on some days."""
    chance = random.Random(7)
    people = [f"p{n}" for n in range(12)]
    weights = [2**-n for n in range(12)]
    history = []
    for _ in range(260):
        kind = chance.choices(["message", "read", "vote", "mentor"], [5, 4, 2, 1])[0]
        history.append((chance.choices(people, weights)[0], chance.randrange(DAYS), kind))
    return history


@pytest.fixture
def told(place: Community, history: list[tuple[str, int, str]]) -> tuple[Community, list[Act]]:
    place.ingest(done(*one) for one in history)
    place.counted()
    acts = [Act(int(who[1:]), START + day, kind in ("message", "mentor")) for who, day, kind in history]
    return place, acts


INTERVALS = [(None, None), (0, 31), (3, 40), (14, 28), (20, 21)]


def test_every_number_is_what_counting_gives(told: tuple[Community, list[Act]]) -> None:
    place, acts = told
    first, last = min(act.day for act in acts), max(act.day for act in acts)
    for begin, until in INTERVALS:
        start, end = (first, last + 1) if begin is None or until is None else (START + begin, START + until)
        given = {} if begin is None else {"from": date.fromordinal(start), "to": date.fromordinal(end)}
        counts = brute.per_person(acts, start, end)
        contributions = brute.per_person([act for act in acts if act.contributes], start, end)
        for window in (28, 30, 11):
            people = brute.trailing(acts, window, end - 1)
            assert place.one("mau", window=window, **given)["value"] == people
            sticky = place.one("stickiness", window=window, **given)["value"]
            assert sticky == pytest.approx(brute.stickiness(acts, window, start, end))
        assert place.one("wau", **given)["value"] == brute.trailing(acts, 7, end - 1)
        assert place.one("dau", **given)["value"] == pytest.approx(brute.dau(acts, start, end))
        assert place.one("gini", **given)["value"] == pytest.approx(brute.gini(counts.values()))
        for p in (0.01, 0.25):
            assert place.one("top_share", p=p, **given)["value"] == pytest.approx(
                brute.top_share(counts.values(), p)
            )
        loud = place.one("gini", measure="contributions", **given)["value"]
        assert loud == pytest.approx(brute.gini(contributions.values()))
        everybody = [contributions.get(person, 0) for person in counts]
        zeros = place.one("gini", measure="contributions_all", **given)["value"]
        assert zeros == pytest.approx(brute.gini(everybody))
        split = place.one("participation_split", k=3, **given)
        assert split["none"] == pytest.approx(everybody.count(0) / len(everybody))
        assert split["value"] == pytest.approx(sum(1 for n in everybody if n > 3) / len(everybody))
        rate = place.one("contribution_rate", **given)
        assert (rate["value"], rate["n"]) == (pytest.approx(1 - split["none"]), len(everybody))
        for k in (1, 7):
            eligible, returned = brute.retained(acts, k, start, end)
            [cell] = place.ask("/retention", by="day", k=k, **given).json()
            assert (cell["k"], cell["eligible"], cell["returned"]) == (k, eligible, returned)
            assert cell["rate"] == (pytest.approx(returned / eligible) if eligible else None)
            assert place.one("retention", k=k, **given)["n"] == eligible


@pytest.mark.parametrize("step", ["day", "week", "month"])
def test_a_series_has_a_point_for_each_period(told: tuple[Community, list[Act]], step: str) -> None:
    place, acts = told
    given = {"from": date(2024, 1, 4), "to": date(2024, 3, 9), "step": step}
    start, end = given["from"].toordinal(), given["to"].toordinal()  # type: ignore[attr-defined]
    points = {name: place.points(name, **given) for name in ("dau", "mau", "gini", "lifecycle", "stickiness")}
    begins = [date.fromisoformat(point["at"]).toordinal() for point in points["dau"]]
    assert begins[0] == start
    assert all([date.fromisoformat(p["at"]).toordinal() for p in of] == begins for of in points.values())
    for i, (left, right) in enumerate(zip(begins, [*begins[1:], end], strict=True)):
        assert points["dau"][i]["value"] == pytest.approx(brute.dau(acts, left, right))
        assert points["mau"][i]["value"] == brute.trailing(acts, 28, right - 1)
        counts = brute.per_person(acts, left, right)
        assert points["gini"][i]["value"] == pytest.approx(brute.gini(counts.values()))
        shares = [
            brute.trailing(acts, 1, day) / mau
            for day in range(left, right)
            if (mau := brute.trailing(acts, 28, day))
        ]
        assert points["stickiness"][i]["value"] == pytest.approx(
            sum(shares) / len(shares) if shares else None
        )
        assert {
            key: points["lifecycle"][i][key] for key in ("new", "returning", "resurrected", "dormant")
        } == (lifecycle(acts, step, left, right))


def lifecycle(acts: list[Act], step: str, left: int, right: int) -> dict[str, int]:
    """Who is new, back, still there or gone in [left, right), against the calendar period before."""
    on = date.fromordinal(left)
    whole = {"day": on, "week": on - timedelta(days=on.weekday()), "month": on.replace(day=1)}[step]
    before = {"day": 1, "week": 7, "month": (whole - timedelta(days=1)).day}[step]
    active = {act.person for act in acts if left <= act.day < right}
    earlier = {act.person for act in acts if whole.toordinal() - before <= act.day < whole.toordinal()}
    new = {person for person in active if min(act.day for act in acts if act.person == person) >= left}
    return {
        "new": len(new),
        "returning": len(active & earlier),
        "resurrected": len(active - earlier - new),
        "dormant": len(earlier - active),
    }


def test_an_answer_has_the_documented_shape(place: Community) -> None:
    place.ingest([done("a", 0), done("a", 1), done("b", 1), done("b", 2, "read")])
    place.counted()
    answer = place.ask("/metrics/dau").json()
    assert answer == {
        "metric": "dau",
        "version": 1,
        "params": {},
        "from": "2024-01-01",
        "to": "2024-01-04",
        "step": "day",
        "points": [
            {"at": "2024-01-01", "value": 1.0, "n": 1, "complete": True},
            {"at": "2024-01-02", "value": 2.0, "n": 2, "complete": True},
            {"at": "2024-01-03", "value": 1.0, "n": 1, "complete": True},
        ],
        "high_water": answer["high_water"],
    }
    assert answer["high_water"] > 0
    assert place.ask("/metrics/mau").json()["params"] == {"window": 28}
    assert place.ask("/metrics/top_share", p=0.1).json()["params"] == {"p": 0.1, "measure": "activities"}


def test_a_community_without_activity_has_null_not_zero_by_zero(place: Community) -> None:
    for metric in ("stickiness", "gini", "top_share", "retention", "contribution_rate", "first_response"):
        point = place.one(metric)
        assert (point["value"], point["n"], point["complete"]) == (None, 0, False)
    assert place.one("dau")["value"] == 0


def test_content_is_counted_by_kind(place: Community) -> None:
    place.ingest(
        [done("a", 0, "question"), done("b", 1, "answer"), done("a", 1, "read"), done(None, 2, "answer")]
    )
    place.counted()
    point = place.one("content_count", **{"from": "2024-01-01", "to": "2024-01-04"})
    assert (point["value"], point["by_kind"], point["unattributed"]) == (2, {"question": 1, "answer": 1}, 1)


@pytest.mark.parametrize(
    ("path", "query", "status", "problem"),
    [
        ("/metrics/happiness", {}, 404, "unknown-metric"),
        ("/metrics/happiness/explain", {}, 404, "unknown-metric"),
        ("/metrics/dau", {"from": "2024-02-01", "to": "2024-02-01"}, 422, "bad-interval"),
        ("/metrics/dau", {"from": "2024-02-02", "to": "2024-02-01"}, 422, "bad-interval"),
        ("/metrics/dau", {"from": "1000-01-01"}, 422, "bad-interval"),
        ("/metrics/dau", {"from": "2000-01-01", "to": "2020-01-01"}, 422, "bad-interval"),
        ("/metrics/mau", {"window": 0}, 422, "invalid-input"),
        ("/metrics/mau", {"window": 366}, 422, "invalid-input"),
        ("/metrics/dau", {"step": "fortnight"}, 422, "invalid-input"),
        ("/metrics/top_share", {"p": 0}, 422, "invalid-input"),
        ("/metrics/dau", {"from": "yesterday"}, 422, "invalid-input"),
        ("/retention", {"k": -1}, 422, "invalid-input"),
        ("/retention", {"by": "year"}, 422, "invalid-input"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    place: Community, path: str, query: dict[str, Any], status: int, problem: str
) -> None:
    refused = place.ask(path, **query)
    assert (refused.status_code, refused.json()["type"]) == (status, f"/problems/{problem}")
