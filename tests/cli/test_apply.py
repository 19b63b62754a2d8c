"""`guildhall apply` from outside: what is planned, what is there afterwards, and that twice is once."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from shared.testing import Cluster, eventually
from tests.cli.conftest import ROOT, Ran
from tests.cli.test_apply_document import example
from tests.cli.test_convert import REAL, SAMPLE

ADDRESS = "ada@example.org"


@pytest.fixture
def file(tmp_path: Path, slug: str) -> Path:
    """The example of the guide, for a community of its own."""
    path = tmp_path / "community.yaml"
    path.write_text(example().replace("slug: harbour", f"slug: {slug}"), encoding="utf-8")
    return path


@pytest.fixture
def there(api: httpx.Client, slug: str) -> Callable[[str], Any]:
    """What the API answers for a path of the community."""

    def get(path: str) -> Any:
        (community,) = api.get("/v1/communities", params={"slug": slug}).json()["items"]
        answer = api.get(f"/v1/communities/{community['id']}{path}", params={"limit": 100} if path else None)
        assert answer.is_success, answer.text
        return answer.json()["items"] if path else answer.json()

    return get


def facts(stack: Cluster) -> list[Any]:
    """How much was ever written; what an operator does besides is not a fact of these services."""
    return [
        stack.rows(service, "SELECT count(*) FROM outbox")[0][0] for service in ("membership", "engagement")
    ]


def counts(done: Ran) -> dict[str, int]:
    """The figures of the summary."""
    return {line[:15].strip(): int(line[15:].replace(",", "")) for line in done.stdout.splitlines()[-5:]}


def applied(guildhall: Callable[..., Ran], *arguments: str | Path) -> dict[str, int]:
    done = guildhall("apply", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return counts(done)


def edited(file: Path, before: str, after: str) -> Path:
    content = file.read_text(encoding="utf-8")
    assert before in content
    file.write_text(content.replace(before, after), encoding="utf-8")
    return file


@pytest.mark.either_database
def test_a_plan_shows_everything_and_does_nothing(
    stack: Cluster, api: httpx.Client, guildhall: Callable[..., Ran], file: Path, slug: str
) -> None:
    before = facts(stack)
    done = guildhall("apply", file, "--plan")
    assert done.returncode == 0, done.stderr
    shown = [line.split(":")[0].split() for line in done.stdout.splitlines()[:-5]]
    assert shown == [
        ["create", "community", slug],
        ["create", "member", "ada"],
        ["create", "member", "bo"],
        ["create", "group", "boats"],
        ["create", "group", "sails"],
        ["create", "people", "of", "boats"],
        ["create", "people", "of", "sails"],
        ["create", "series", "sails"],
        ["create", "channel", "#boats"],
        ["change", "community", slug],
    ]
    rule = "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU, 19:30 Europe/Berlin"
    assert f"create       series sails: Sewing: {rule}\n" in done.stdout
    assert facts(stack) == before
    assert api.get("/v1/communities", params={"slug": slug}).json()["items"] == []


def test_what_is_declared_is_there_afterwards(
    guildhall: Callable[..., Ran], file: Path, there: Callable[[str], Any]
) -> None:
    figures = applied(guildhall, file)
    assert figures == {"create": 9, "change": 1, "unchanged": 0, "not managed": 0, "refused": 0}
    community = there("")
    assert (community["state"], community["kind"], community["timezone"]) == (
        "active",
        "cop",
        "Europe/Berlin",
    )
    assert community["objectives"] == ["No boat sinks", "Every newcomer sails within a month"]
    assert community["charter"] == {
        "values": ["Patience", "Dry feet"],
        "norms": ["Ask before you board"],
        "shared_identity": "We are the harbour.",
    }
    people = {row["handle"]: row for row in there("/members")}
    ada, bo = people["ada"], people["bo"]
    assert (ada["display_name"], ada["headline"], ada["roles"]) == (
        "Ada Lovelace",
        "Builds engines",
        ["admin"],
    )
    assert ada["interests"] == ["engines", "maths"]
    assert {each["provider"] for each in there(f"/members/{ada['id']}/identities")} == {"github", "email"}
    assert (bo["state"], bo["joined_at"][:10]) == ("active", "2024-03-01")
    groups = {row["slug"]: row for row in there("/groups")}
    assert groups["sails"]["parent_id"] == groups["boats"]["id"]
    assert groups["sails"]["meetings"] == [
        {
            "title": "Sewing",
            "frequency": "every second Tuesday, from 27 February 2024",
            "weekday": "TU",
            "time": "19:30",
            "timezone": "Europe/Berlin",
            "rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
            "starts": "2024-02-27",
            "url": "https://meet.example.org/sails",
        }
    ]
    inside = {row["handle"]: row["function"] for row in there(f"/groups/{groups['sails']['id']}/members")}
    assert inside == {"ada": "member", "bo": "leader"}
    (series,) = there("/event-series")
    assert (series["title"], series["rrule"]) == ("Sails: Sewing", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")
    assert (series["dtstart"], series["tz"]) == ("2024-02-27T19:30:00", "Europe/Berlin")
    assert (series["group_id"], series["organisers"]) == (groups["sails"]["id"], [bo["id"]])
    assert series["settings"]["venue"]["online_url"] == "https://meet.example.org/sails"
    first = there(f"/event-series/{series['id']}/occurrences")[0]
    assert (datetime.fromisoformat(first["starts_local"]).date() - date(2024, 2, 27)).days % 14 == 0
    (channel,) = there("/channels")
    assert (channel["name"], channel["kind"], channel["purpose"]) == ("#boats", "slack", "Talk about boats")


def test_a_second_time_writes_nothing(stack: Cluster, guildhall: Callable[..., Ran], file: Path) -> None:
    applied(guildhall, file)
    before = facts(stack)
    assert applied(guildhall, file) == {
        "create": 0, "change": 0, "unchanged": 9, "not managed": 0, "refused": 0,
    }  # fmt: skip
    assert facts(stack) == before


def test_of_a_changed_file_only_the_difference_is_written(
    stack: Cluster, guildhall: Callable[..., Ran], file: Path, slug: str, there: Callable[[str], Any]
) -> None:
    applied(guildhall, file)
    before = facts(stack)
    edited(file, "headline: Builds engines", "headline: Builds looms")
    edited(file, "    norms: [Ask before you board]\n", "")
    edited(file, "leaders: [bo]\n    members: [ada]", "leaders: [bo, ada]")
    done = guildhall("apply", file)
    assert counts(done) == {"create": 0, "change": 3, "unchanged": 6, "not managed": 0, "refused": 0}
    assert f"change       community {slug}: charter\n" in done.stdout
    assert "change       member ada: headline\n" in done.stdout
    assert "change       people of sails: leader ada\n" in done.stdout
    assert [now - then for now, then in zip(facts(stack), before, strict=True)] == [3, 0]
    assert {row["headline"] for row in there("/members")} == {"Builds looms", None}


@pytest.mark.either_database
def test_a_meeting_that_changed_changes_its_series(
    guildhall: Callable[..., Ran], file: Path, there: Callable[[str], Any]
) -> None:
    applied(guildhall, file)
    (before,) = there("/event-series")
    edited(file, 'time: "19:30"', 'time: "20:00"')
    edited(file, "https://meet.example.org/sails", "https://meet.example.org/sewing")
    done = guildhall("apply", file)
    assert "change       series sails: Sewing: dtstart, venue\n" in done.stdout
    (after,) = there("/event-series")
    assert (after["id"], after["dtstart"]) == (before["id"], "2024-02-27T20:00:00")
    assert {each["starts_local"][11:] for each in there(f"/event-series/{after['id']}/occurrences")} == {
        "20:00:00"
    }
    again = applied(guildhall, file)
    assert (again["create"], again["change"], there("/event-series")) == (0, 0, [after])


@pytest.mark.either_database
def test_a_meeting_whose_days_are_not_known_is_kept_and_listed(
    guildhall: Callable[..., Ran], file: Path, there: Callable[[str], Any]
) -> None:
    meetings = [
        {"title": "Weekly", "rule": "FREQ=WEEKLY;BYDAY=FR", "time": "09:00", "timezone": "UTC"},
        {"title": "Weekly", "rule": "FREQ=MONTHLY;BYDAY=1MO", "time": "09:00", "timezone": "UTC"},
        {"title": "Two weeks", "rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "time": "09:00", "timezone": "UTC"},
        {"title": "Sometimes", "frequency": "twice a month"},
        {"title": "Too often", "rule": "FREQ=HOURLY;BYDAY=FR", "time": "09:00", "timezone": "UTC"},
    ]
    whole = yaml.safe_load(file.read_text(encoding="utf-8"))
    whole["groups"][1]["meetings"] = meetings
    whole["members"][1]["joined_at"] = "2024-03-01"
    file.write_text(yaml.safe_dump(whole), encoding="utf-8")
    done = guildhall("apply", file)
    assert done.returncode == 1
    assert "Events do not recur this often" in done.stderr
    listed = [line for line in done.stdout.splitlines()[:-5] if line.startswith("not managed")]
    assert listed == [
        "not managed  series sails: Two weeks: kept with its group: it has no first day to count from",
        "not managed  series sails: Sometimes: kept with its group: nothing says exactly when it is",
    ]
    series = {row["rrule"]: row for row in there("/event-series")}
    assert set(series) == {"FREQ=WEEKLY;BYDAY=FR", "FREQ=MONTHLY;BYDAY=1MO"}
    for row in series.values():
        starts = datetime.fromisoformat(row["dtstart"])
        assert starts.weekday() == (4 if "WEEKLY" in row["rrule"] else 0)
    (sails,) = [row for row in there("/groups") if row["slug"] == "sails"]
    assert len(sails["meetings"]) == 5
    again = guildhall("apply", file)
    assert (counts(again)["create"], counts(again)["change"], counts(again)["refused"]) == (0, 0, 1)
    assert {row["rrule"]: row for row in there("/event-series")} == series


@pytest.mark.either_database
def test_nothing_is_deleted(
    stack: Cluster, guildhall: Callable[..., Ran], file: Path, there: Callable[[str], Any]
) -> None:
    applied(guildhall, file)
    before = facts(stack)
    content = file.read_text(encoding="utf-8")
    file.write_text(content[: content.index("groups:")].replace("    roles: [admin]\n", ""), encoding="utf-8")
    done = guildhall("apply", file)
    assert done.returncode == 0, done.stderr
    kept = [line for line in done.stdout.splitlines()[:-5] if line.startswith("not managed")]
    assert kept == [
        "not managed  member ada: also admin",
        "not managed  group boats",
        "not managed  group sails",
        "not managed  series Sails: Sewing",
        "not managed  channel #boats",
    ]
    assert facts(stack) == before
    assert len(there("/groups")) == 2


@pytest.mark.either_database
def test_what_cannot_be_is_refused_and_the_rest_is_done(
    guildhall: Callable[..., Ran], file: Path, there: Callable[[str], Any], tmp_path: Path
) -> None:
    edited(file, "leaders: [bo]", "leaders: [bo, nobody]")
    edited(file, "roles: [admin]", "roles: [admin]\n  - handle: cy\n    display_name: Cy")
    report = tmp_path / "report.json"
    done = guildhall("apply", file, "--report", report)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("guildhall: 1 of 12 could not be brought to what ")
    told = json.loads(report.read_text())
    assert told["refused"] == [
        {"where": "groups[1] (line 35)", "reason": "people of sails: there is no member nobody"}
    ]
    (sails,) = [row for row in there("/groups") if row["slug"] == "sails"]
    assert {row["handle"] for row in there(f"/groups/{sails['id']}/members")} == {"ada", "bo"}
    assert {row["handle"] for row in there("/members")} == {"ada", "bo", "cy"}
    edited(file, "kind: slack", "kind: discord")
    edited(file, "kind: working_group", "kind: cohort")
    edited(file, ", nobody", "")
    again = guildhall("apply", file, "--plan", "--report", report)
    assert again.returncode == 1
    assert [each["reason"] for each in json.loads(report.read_text())["refused"]] == [
        "group sails: its kind is working_group and stays so",
        "channel #boats: kind: a channel stays as it was opened",
    ]


@pytest.mark.either_database
def test_somebody_known_by_another_handle_is_not_added_twice(
    guildhall: Callable[..., Ran], file: Path, there: Callable[[str], Any]
) -> None:
    applied(guildhall, file)
    edited(file, "handle: ada", "handle: countess")
    edited(file, "[ada]", "[countess]")
    done = guildhall("apply", file)
    assert done.returncode == 1
    assert "github:ada-l is ada already: write this handle in the file" in done.stderr
    assert len(there("/members")) == 2


@pytest.mark.either_database
def test_a_group_by_rule_has_whom_its_rule_finds(
    guildhall: Callable[..., Ran], file: Path, there: Callable[[str], Any]
) -> None:
    edited(
        file,
        "channels:",
        "  - {slug: admins, name: Admins, kind: segment, rule: {roles: [admin]}}\nchannels:",
    )
    assert applied(guildhall, file)["create"] == 10
    (admins,) = [row for row in there("/groups") if row["slug"] == "admins"]
    assert [row["handle"] for row in there(f"/groups/{admins['id']}/members")] == ["ada"]
    assert applied(guildhall, file)["unchanged"] == 10
    edited(file, "roles: [admin]}}", "roles: [owner]}}")
    done = guildhall("apply", file)
    assert "change       group admins: rule\n" in done.stdout
    edited(file, "rule: {roles: [owner]}", "description: By rule")
    assert "change       group admins: description\n" in guildhall("apply", file).stdout
    edited(file, "description: By rule", "members: [bo]")
    done = guildhall("apply", file)
    assert (done.returncode, "its rule says who belongs to it" in done.stdout) == (1, True)


@pytest.mark.either_database
def test_whoever_left_stays_away(
    api: httpx.Client, guildhall: Callable[..., Ran], file: Path, there: Callable[[str], Any]
) -> None:
    applied(guildhall, file)
    (bo,) = [row for row in there("/members") if row["handle"] == "bo"]
    left = api.post(f"/v1/communities/{bo['community_id']}/members/{bo['id']}/leave")
    assert left.is_success, left.text
    done = guildhall("apply", file)
    assert done.returncode == 1
    assert "refused      member bo: bo is left\n" in done.stdout


@pytest.mark.either_database
def test_a_mistaken_file_changes_nothing_and_every_mistake_is_named(
    stack: Cluster, guildhall: Callable[..., Ran], file: Path
) -> None:
    before = facts(stack)
    edited(file, "kind: cop", "kind: club")
    edited(file, 'time: "19:30"', "time: half past seven")
    done = guildhall("apply", file)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert [line.partition(" ")[0] for line in lines[:2]] == ["community.kind", "groups[1].meetings[0].time"]
    assert lines[2] == f"guildhall: {file}: 2 mistakes; nothing was looked up or changed"
    assert facts(stack) == before


def test_the_next_run_completes_a_killed_one(
    stack: Cluster, guildhall: Callable[..., Ran], slug: str, there: Callable[[str], Any], tmp_path: Path
) -> None:
    people = [{"handle": f"m-{number}", "display_name": "M", "headline": "H"} for number in range(80)]
    group = {"slug": "all", "name": "All", "kind": "cohort", "members": [each["handle"] for each in people]}
    whole = {
        "guildhall": 1,
        "community": {"slug": slug, "name": "A community", "kind": "cop"},
        "members": people,
        "groups": [group],
    }
    path = tmp_path / "community.yaml"
    path.write_text(yaml.safe_dump(whole), encoding="utf-8")

    def completed() -> int:
        of = f"community.id = member.community_id WHERE slug = '{slug}'"
        return int(
            stack.rows("membership", f"SELECT count(headline) FROM member JOIN community ON {of}")[0][0]
        )

    command = [sys.executable, "-m", "cli.main", "apply", str(path)]
    killed = subprocess.Popen(command, cwd=ROOT, env=stack.variables(), stdout=subprocess.DEVNULL)
    eventually(lambda: completed() >= 20, within=60)
    killed.kill()
    assert killed.wait(10) == -signal.SIGKILL
    assert completed() < 80, "it was killed before it had written everything"
    figures = applied(guildhall, path)
    assert figures["unchanged"] >= 20
    assert figures["create"] + figures["change"] + figures["unchanged"] == 83
    assert completed() == 80
    assert applied(guildhall, path)["unchanged"] == 83
    assert [row["state"] for row in there("/groups")] == ["active"]


@pytest.mark.either_database
def test_addresses_are_not_printed(guildhall: Callable[..., Ran], file: Path, tmp_path: Path) -> None:
    done = guildhall("apply", file, "--report", tmp_path / "report.json")
    assert ADDRESS not in done.stdout + done.stderr + (tmp_path / "report.json").read_text()
    edited(
        file,
        "display_name: Bo Builder",
        f"display_name: Bo\n    identities: [{{provider: email, subject: {ADDRESS}}}]",
    )
    assert ADDRESS not in guildhall("apply", file).stderr


@pytest.mark.either_database
@pytest.mark.parametrize("arguments", [["missing.yaml"], []])
def test_wrong_usage_is_2(guildhall: Callable[..., Ran], arguments: list[str]) -> None:
    assert guildhall("apply", *arguments).returncode == 2


@pytest.mark.either_database
def test_a_converted_sample_is_applied(
    stack: Cluster, guildhall: Callable[..., Ran], slug: str, there: Callable[[str], Any], tmp_path: Path
) -> None:
    path = tmp_path / "community.yaml"
    path.write_text(guildhall("convert", "k8s-sigs", SAMPLE, "--slug", slug).stdout, encoding="utf-8")
    assert applied(guildhall, path)["refused"] == 0
    assert [row["slug"] for row in there("/groups")] == ["sig-ships", "wg-tides", "committee-steering"]
    before = facts(stack)
    applied(guildhall, path)
    assert facts(stack) == before


@pytest.mark.either_database
@pytest.mark.skipif(not REAL.is_file(), reason=f"1 real structure is not there: {REAL}")
def test_the_real_structure_is_applied_whole(
    stack: Cluster, guildhall: Callable[..., Ran], slug: str, there: Callable[[str], Any], tmp_path: Path
) -> None:
    path = tmp_path / "community.yaml"
    path.write_text(guildhall("convert", "k8s-sigs", REAL, "--slug", slug).stdout, encoding="utf-8")
    assert applied(guildhall, path)["refused"] == 0
    groups = there("/groups")
    assert (len(groups), sum(len(row["meetings"]) for row in groups)) == (35, 102)
    (node,) = [row for row in groups if row["slug"] == "sig-node"]
    leaders = [row for row in there(f"/groups/{node['id']}/members") if row["function"] == "leader"]
    assert {row["handle"] for row in leaders} >= {"sergeykanzhelev"}
    series = there("/event-series")
    assert len(series) == 42
    before = facts(stack)
    again = applied(guildhall, path)
    assert [row["version"] for row in there("/event-series")] == [row["version"] for row in series]
    assert (again["create"], again["change"], again["unchanged"]) == (0, 0, 471)
    assert facts(stack) == before
