"""`guildhall import members`: which rows are people, where the others stand, and what a second run does."""

import json
import signal
import string
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import Failed
from cli.report import Report
from cli.sources.lines import lines
from cli.sources.members.roster import Person, members
from cli.sources.records import LONGEST_RECORD_LINES, records
from shared.testing import Cluster, eventually
from tests.cli.conftest import ROOT, Ran

SAMPLE = Path(__file__).parent / "samples" / "members.csv"
ADDRESSES = ("ada@example.org", "bo@example.org", "nobody@example.org", "x@example.org")
HEADER = "handle,display_name,email\n"


def read(directory: Path, content: str | bytes) -> tuple[list[Person], Report]:
    path, report = directory / "members.csv", Report()
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(members(path, report)), report


def reasons(report: Report) -> dict[str, str]:
    return {remark.where: remark.reason for remark in report.not_understood}


def test_people_are_read_and_the_other_rows_are_reported_with_the_line_they_begin_on() -> None:
    report = Report()
    people = list(members(SAMPLE, report))
    assert [person.where for person in people] == [f"line {line}" for line in (2, 4, 5, 10, 22)]
    assert people[0] == Person(
        where="line 2",
        item={
            "handle": "ada",
            "display_name": "Ada Lovelace",
            "provider": "github",
            "subject": "ada-l",
            "joined_at": "2024-03-01T09:00:00+00:00",
        },
        email="ada@example.org",
        profile={"headline": "Poet of science, and more", "interests": ["maths", "engines"]},
        roles=["admin", "editor"],
        groups=["writers"],
    )
    assert report.read == 19
    assert reasons(report) == {
        "line 1": "the column 'shoe_size' is not known and not read",
        "line 6": "neither handle nor display_name",
        "line 7": "joined_at 'yesterday' is not a time (ISO 8601)",
        "line 8": "the handle is that of line 2",
        "line 9": "8 columns instead of 11",
        "line 11": "not UTF-8",
        "line 12": "a field has a control character",
        "line 13": "not CSV: a quote is not closed",
        "line 15": "provider and subject go together",
        "line 16": "email is not an address",
        "line 17": "a handle is 2 to 40 of the characters a-z 0-9 . _ -",
        "line 18": "the email is that of line 2",
        "line 19": "the email is that of line 4",
        "line 20": "joined_at (an address) is not a time (ISO 8601)",
        "line 21": "there is no role 'king'",
    }


def test_somebody_is_recognised_by_what_the_row_says_best(tmp_path: Path) -> None:
    people, _ = read(
        tmp_path,
        "handle,display_name,email,provider,subject\n"
        "ada,Ada,ada@example.org,GitHub,Ada-L\nbo,Bo,bo@example.org,,\ncy,Cy,,,\n,Dee Dee,,,\n",
    )
    known_by = [(person.item["provider"], person.item["subject"], person.email) for person in people]
    assert known_by == [
        ("github", "Ada-L", "ada@example.org"),
        ("email", "bo@example.org", None),
        ("members", "cy", None),
        ("members", "Dee Dee", None),
    ]


@pytest.mark.parametrize("header", ["", "name,mail", "ada,Ada,ada@example.org", "handle,handle"])
def test_a_file_without_these_columns_is_refused(tmp_path: Path, header: str) -> None:
    with pytest.raises(Failed) as refused:
        read(tmp_path, header + "\nada,Ada,\n")
    assert "@" not in str(refused.value)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("ada," + "x" * 81 + ",", "display_name is longer than 80 characters"),
        ("ada," + "x" * 70_000 + ",", "longer than 65536 bytes"),
        ("ada," + "\u200d" * 79 + "\ud83d,", "not UTF-8"),
        ('ada,"Ada" Lovelace,', "not CSV: ',' expected after '\"'"),
        ("ada,Ada", "2 columns instead of 3"),
        ("ada,Ada,,", "4 columns instead of 3"),
        ("ada,A\x1bda,", "a field has a control character"),
    ],
)
def test_a_bad_row_costs_only_itself(tmp_path: Path, row: str, reason: str) -> None:
    content = f"{HEADER}bo,Bo,\n{row}\ncy,Cy,\n".encode(errors="surrogatepass")
    people, report = read(tmp_path, content)
    assert [person.item["handle"] for person in people] == ["bo", "cy"]
    assert reasons(report) == {"line 3": reason}
    assert report.read == 3


def test_a_quote_that_is_never_closed_costs_one_line_however_long_the_file_is(tmp_path: Path) -> None:
    rest = "".join(f"member-{number},Somebody,\n" for number in range(3 * LONGEST_RECORD_LINES))
    people, report = read(tmp_path, f'{HEADER}ada,"Ada,\n{rest}')
    assert len(people) == 3 * LONGEST_RECORD_LINES
    assert reasons(report) == {"line 2": "not CSV: a quote is not closed"}


def test_a_line_that_cannot_be_read_is_not_left_out_of_a_field(tmp_path: Path) -> None:
    content = HEADER.encode() + b'ada,"Ada\n\xff\nLovelace",\nbo,Bo,\n'
    people, report = read(tmp_path, content)
    assert [person.item["handle"] for person in people] == ["bo"]
    assert reasons(report)["line 2"] == "not CSV: a quote is not closed"
    assert reasons(report)["line 3"] == "not UTF-8"


field = st.text(string.ascii_letters + ' ",\n;', max_size=12)


@given(st.lists(st.lists(field, min_size=2, max_size=4), max_size=8))
def test_whatever_is_quoted_properly_is_read_as_it_was_written(rows: list[list[str]]) -> None:
    written, at, expected = [], 1, []
    for row in rows:
        record = ",".join('"' + value.replace('"', '""') + '"' for value in row)
        expected.append((at, row))
        written += record.split("\n")
        at += 1 + record.count("\n")
    report = Report()
    assert list(records(iter(list(enumerate(written, 1))), report)) == expected
    assert report.not_understood == []


@given(content=st.text(alphabet='ab",\n\r\x00é', max_size=60))
def test_nothing_stops_the_reading(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    path, report = tmp_path_factory.getbasetemp() / "any.csv", Report()
    path.write_bytes(b"handle,display_name\n" + content.encode())
    read_rows = list(members(path, report))
    there = sum(bool(text.strip()) for _, text in lines(path, Report())) - 1
    assert len(read_rows) + len(report.not_understood) <= there


# --- against the running services -------------------------------------------------------------------------


def imported(
    guildhall: Callable[..., Ran], path: Path, slug: str, report: Path
) -> tuple[Ran, dict[str, Any]]:
    done = guildhall("import", "members", path, "--community", slug, "--create", "--report", report)
    assert done.returncode == 0, done.stderr
    return done, json.loads(report.read_text())


@pytest.fixture
def root(api: httpx.Client, slug: str) -> str:
    """The path of a community with a group of writers."""
    made = api.post("/v1/communities", json={"slug": slug, "name": "Import", "kind": "cop"})
    path = f"/v1/communities/{made.json()['id']}"
    group = {"slug": "writers", "name": "Writers", "kind": "working_group"}
    assert api.post(f"{path}/groups", json=group).status_code == 201
    return path


def test_the_good_rows_arrive_whole_and_a_second_run_writes_nothing(
    stack: Cluster, api: httpx.Client, guildhall: Callable[..., Ran], slug: str, root: str, tmp_path: Path
) -> None:
    _, told = imported(guildhall, SAMPLE, slug, tmp_path / "report.json")
    assert (told["read"], told["written"], told["unchanged"]) == (19, 4, 0)
    refused = {remark["where"]: remark["reason"] for remark in told["not_understood"]}
    assert refused["line 10"] == "imported without the group 'nowhere': there is none"
    assert refused["line 22"] == "joined-in-the-future"
    people = {row["handle"]: row for row in api.get(f"{root}/members?limit=100").json()["items"]}
    assert sorted(people) == ["ada", "bo-the-builder", "cy", "fay"]
    ada = people["ada"]
    assert (ada["display_name"], ada["joined_at"][:19]) == ("Ada Lovelace", "2024-03-01T09:00:00")
    assert (ada["headline"], ada["interests"]) == ("Poet of science, and more", ["maths", "engines"])
    assert ada["roles"] == ["admin", "editor"]
    identities = api.get(f"{root}/members/{ada['id']}/identities").json()["items"]
    assert sorted(each["provider"] for each in identities) == ["email", "github"]
    (group,) = api.get(f"{root}/groups").json()["items"]
    inside = api.get(f"{root}/groups/{group['id']}/members").json()["items"]
    assert [each["handle"] for each in inside] == ["ada"]
    before = facts(stack)
    _, again = imported(guildhall, SAMPLE, slug, tmp_path / "again.json")
    assert (again["read"], again["written"], again["unchanged"]) == (19, 0, 4)
    assert facts(stack) == before


def facts(stack: Cluster) -> int:
    return int(stack.rows("membership", "SELECT count(*) FROM outbox")[0][0])


@pytest.mark.either_database
def test_addresses_appear_nowhere(
    stack: Cluster, guildhall: Callable[..., Ran], slug: str, root: str, tmp_path: Path
) -> None:
    assert root
    done, _ = imported(guildhall, SAMPLE, slug, tmp_path / "report.json")
    kept = stack.rows("membership", "SELECT subject FROM identity")
    said = done.stdout + done.stderr + (tmp_path / "report.json").read_text() + str(kept)
    assert [address for address in ADDRESSES if address in said] == []


def test_a_run_completes_what_another_left_half_done_and_overwrites_nothing(
    api: httpx.Client, guildhall: Callable[..., Ran], slug: str, root: str, tmp_path: Path
) -> None:
    half, whole = tmp_path / "half.csv", tmp_path / "whole.csv"
    half.write_text("handle,display_name\nada,Ada\nbo,Bo\n")
    whole.write_text(
        "handle,display_name,headline,roles\nada,Countess,Poet,editor\nbo,Bo,Builder,\ncy,Cy,,\n"
    )
    imported(guildhall, half, slug, tmp_path / "report.json")
    (bo,) = api.get(f"{root}/members", params={"q": "bo"}).json()["items"]
    own = {"headline": "Sculptor"}
    patched = api.patch(f"{root}/members/{bo['id']}", json=own, headers={"If-Match": f'"{bo["version"]}"'})
    assert patched.is_success, patched.text
    _, told = imported(guildhall, whole, slug, tmp_path / "report.json")
    assert (told["written"], told["unchanged"]) == (2, 1)
    people = {row["handle"]: row for row in api.get(f"{root}/members?limit=100").json()["items"]}
    assert (people["ada"]["display_name"], people["ada"]["headline"]) == ("Ada", "Poet")
    assert people["ada"]["roles"] == ["editor"]
    assert people["bo"]["headline"] == "Sculptor"


@pytest.mark.either_database
def test_the_next_run_completes_a_killed_one(
    stack: Cluster, api: httpx.Client, guildhall: Callable[..., Ran], slug: str, root: str, tmp_path: Path
) -> None:
    many, report = tmp_path / "many.csv", tmp_path / "report.json"
    rows = [f"m-{number},Member {number},Number {number}\n" for number in range(400)]
    many.write_text("handle,display_name,headline\n" + "".join(rows))
    of = f"FROM member WHERE community_id = '{root.rpartition('/')[2]}'"

    def completed() -> int:
        return int(stack.rows("membership", f"SELECT count(headline) {of}")[0][0])

    command = [sys.executable, "-m", "cli.main", "import", "members", str(many), "--community", slug]
    killed = subprocess.Popen(command, cwd=ROOT, env=stack.variables(), stdout=subprocess.DEVNULL)
    eventually(lambda: completed() >= 50, within=60)
    killed.kill()
    assert killed.wait(10) == -signal.SIGKILL
    assert completed() < 400, "it was killed before it had written everything"
    _, told = imported(guildhall, many, slug, report)
    assert (told["read"], told["written"] + told["unchanged"], told["not_understood"]) == (400, 400, [])
    assert told["unchanged"] >= 50
    assert completed() == 400
    (last,) = api.get(f"{root}/members", params={"q": "m-399"}).json()["items"]
    assert last["headline"] == "Number 399"
