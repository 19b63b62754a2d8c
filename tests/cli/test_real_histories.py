"""The parsers on real histories: everything in them is understood, and nothing is made up."""

import csv
import gzip
import json
from collections import Counter
from typing import Any

from cli.report import Report
from cli.sources.activities import activities
from cli.sources.stackexchange.content import content
from cli.sources.stackexchange.members import members
from tests.cli.real_data import COLLEGE, HISTORY, needs_real_data

pytestmark = needs_real_data


def test_the_dump_is_read_as_counted_independently() -> None:
    expected, report = json.loads((HISTORY / "expected_parse.json").read_text()), Report()
    people = list(members(HISTORY / "Users.xml", report))
    said = [row.item for row in content(HISTORY / "Posts.xml", HISTORY / "Comments.xml", report)]
    kinds = Counter(item["kind"] for item in said)
    assert len(people) == expected["users"]
    assert kinds == {
        "question": expected["types"]["1"],
        "answer": expected["types"]["2"],
        "comment": expected["comments"],
    }
    assert report.skipped == expected["types"]["4"] + expected["types"]["5"]
    assert sum(item.get("accepted", False) for item in said) == expected["accepted"]
    assert sum(item["score"] for item in said if item["kind"] != "comment") == expected["score_sum"]
    assert report.not_understood == []
    assert report.read == len(people) + len(said) + report.skipped


def test_the_dump_holds_exactly_the_known_events() -> None:
    said = [row.item for row in content(HISTORY / "Posts.xml", HISTORY / "Comments.xml", Report())]
    authored = [item for item in said if item["subject"] is not None]
    report = Report()
    events = [row.item for row in activities(HISTORY / "events.csv.gz", report)]
    assert report.not_understood == []
    assert Counter(map(what_happened, authored)) == Counter(map(what_happened, events))


def what_happened(item: dict[str, Any]) -> tuple[str, ...]:
    """Which comment, answer or question, by whom and when; comment 5 is c5 there, for there is a post 5."""
    return item["kind"], item["ref"].replace("comment-", "c"), item["subject"], item["at"]


def test_every_message_is_read() -> None:
    report = Report()
    read = [row.item for row in activities(COLLEGE / "events.csv.gz", report)]
    with gzip.open(COLLEGE / "events.csv.gz", "rt", newline="") as file:
        known = list(csv.DictReader(file))
    assert [(item["subject"], item["ref"]) for item in read] == [
        (row["user"], row["post_id"]) for row in known
    ]
    assert (len(read), report.read, report.not_understood) == (59_835, 59_835, [])
