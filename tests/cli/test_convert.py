"""`guildhall convert`: a structure of others as a community file, and the list of what did not arrive."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.apply.document import read
from tests.cli.conftest import ROOT, Ran
from tests.cli.real_data import DATA

SAMPLE = Path(__file__).parent / "samples" / "sigs.yaml"
REAL = DATA / "community-k8s" / "sigs.yaml"


def converted(path: Path, directory: Path) -> tuple[Ran, Path, dict[str, Any]]:
    """What the command says, the file it made and its report."""
    made, report = directory / "community.yaml", directory / "report.json"
    command = [sys.executable, "-m", "cli.main", "convert", "k8s-sigs", str(path), "--report", str(report)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    made.write_text(done.stdout)
    return done, made, json.loads(report.read_text())


def test_groups_people_channels_and_meetings_arrive(tmp_path: Path) -> None:
    _, path, told = converted(SAMPLE, tmp_path)
    declared, _ = read(path)
    assert [(group.slug, group.name, group.kind) for group in declared.groups] == [
        ("sig-ships", "SIG Ships", "chapter"),
        ("wg-tides", "WG Tides", "working_group"),
        ("committee-steering", "Steering Committee", "leaders_network"),
    ]
    ships = declared.groups[0]
    assert (ships.leaders, ships.members) == (["adal", "bo"], ["eve"])
    assert [member.handle for member in declared.members] == ["adal", "bo", "cy", "eve"]
    assert declared.members[0].identities[0].given() == {"provider": "github", "subject": "AdaL"}
    assert [channel.name for channel in declared.channels] == ["#sig-ships", "ships", "#wg-tides"]
    assert [(meeting.title, meeting.rule, meeting.timezone) for meeting in ships.meetings] == [
        ("Regular Meeting", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "America/Los_Angeles"),
        ("Harbour Meeting", None, None),
        ("Night Meeting", None, "Europe/Warsaw"),
        ("sails: Sewing", "FREQ=MONTHLY;BYDAY=1WE", "UTC"),
    ]
    assert (ships.meetings[0].starts, ships.meetings[0].time) == ("2024-02-27", "09:00")
    assert (told["groups"], told["leads"], told["meetings"], told["meetings_with_a_rule"]) == (3, 3, 4, 2)


def test_whatever_does_not_arrive_is_listed_with_its_place(tmp_path: Path) -> None:
    done, _, told = converted(SAMPLE, tmp_path)
    listed = {remark["where"]: remark["reason"] for remark in told["not_understood"]}
    assert listed["sigs[0].meetings[1] (line 31)"] == "the zone 'IST' is not understood"
    assert listed["sigs[0].meetings[2] (line 36)"] == "'bimonthly' has two meanings"
    assert listed["sigs[1].dir (line 67)"] == "left out: Field required"
    assert "no address of a page" in listed["sigs[0].subprojects[0].meetings[0].url (line 66)"]
    assert "another channel" in listed["workinggroups[0].contact.mailing_list (line 81)"]
    assert listed["leadership.chairs.email"] == "not carried over, 1 values"
    assert listed["weather"] == "not carried over, 1 values"
    assert all(f"{where}: {reason}" in done.stderr for where, reason in listed.items())


def test_private_addresses_are_not_carried_over(tmp_path: Path) -> None:
    done, _, _ = converted(SAMPLE, tmp_path)
    assert "ada@example.org" not in done.stdout + done.stderr
    assert "ships-private" not in done.stdout + done.stderr


@pytest.mark.parametrize("content", ["", "[]", "sigs: 5", "sigs: [5, null, {dir: 1}]", "a: &a [*a]"])
def test_any_other_file_is_listed_or_refused_in_a_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "sigs.yaml"
    path.write_text(content)
    command = [sys.executable, "-m", "cli.main", "convert", "k8s-sigs", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    assert done.returncode == (1 if content in ("", "a: &a [*a]") else 0)


@pytest.mark.skipif(not REAL.is_file(), reason=f"1 real structure is not there: {REAL}")
def test_the_real_structure_arrives_as_counted_independently(tmp_path: Path) -> None:
    _, path, told = converted(REAL, tmp_path)
    declared, _ = read(path)
    source = yaml.safe_load(REAL.read_text())
    groups = [group for part in ("sigs", "workinggroups", "committees") for group in source[part]]
    assert [group.slug for group in declared.groups] == [group["dir"] for group in groups]
    assert len(groups) == 35
    for made, group in zip(declared.groups, groups, strict=True):
        leads = [lead for role in ("chairs", "tech_leads") for lead in group["leadership"].get(role, [])]
        assert set(made.leaders) == {lead["github"].lower() for lead in leads}
        parts = [group, *group.get("subprojects", [])]
        meetings = [meeting for part in parts for meeting in part.get("meetings", [])]
        assert [each.title.rpartition(": ")[2] for each in made.meetings] == [
            meeting["description"].rpartition(": ")[2] for meeting in meetings
        ]
        urls = {part.get("contact", {}).get("mailing_list") for part in parts} - {None}
        assert urls <= {channel.url for channel in declared.channels}
    rules = [each.rule for group in declared.groups for each in group.meetings]
    assert (len(rules), rules.count(None)) == (102, 4)
    assert told["meetings_without_a_doubt"] == 42
    unknown = [each["reason"] for each in told["not_understood"] if "understood" in each["reason"]]
    assert unknown == [
        "the zone 'IST' is not understood",
        "the frequency 'monthly - Wednesday, after the fourth Tuesday, every month' is not understood",
    ]


def test_a_handle_of_digits_stays_a_text(tmp_path: Path) -> None:
    path = tmp_path / "sigs.yaml"
    path.write_text(
        'sigs: [{dir: sig-a, name: "08", leadership: {chairs: [{github: "08", name: "09"}]}}]',
        encoding="utf-8",
    )
    _, made, _ = converted(path, tmp_path)
    declared, _ = read(made)
    assert (declared.members[0].handle, declared.members[0].display_name) == ("08", "09")
    assert declared.groups[0].leaders == ["08"]
