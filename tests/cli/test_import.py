"""`guildhall import` from outside: what is there afterwards, what it reports, and what can stop it."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.testing import Cluster, eventually
from tests.cli.conftest import ROOT, Ran, run

SAMPLES = Path(__file__).parent / "samples"
TABLES = {
    "membership": ("member", "identity", "outbox"),
    "engagement": ("channel", "topic", "post", "activity", "outbox"),
}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated history of some 3,500 events, as a dump and as events."""
    directory = tmp_path_factory.mktemp("history")
    size = ["--seed", "3", "--members", "400", "--days", "250"]
    subprocess.run([sys.executable, "-m", "cli.main", "simulate", *size, directory], cwd=ROOT, check=True)
    return directory


def contents(stack: Cluster) -> dict[str, int]:
    """How many rows and facts there are, in everything an import writes."""
    return {
        f"{service} {table}": int(stack.rows(service, f"SELECT count(*) FROM {table}")[0][0])
        for service, tables in TABLES.items()
        for table in tables
    }


def report_of(path: Path) -> dict[str, Any]:
    report = json.loads(path.read_text())
    assert set(report) == {"read", "written", "unchanged", "skipped", "not_understood"}
    assert all(set(remark) == {"where", "reason"} for remark in report["not_understood"])
    return dict(report)


def test_create_makes_an_active_community_in_utc(
    stack: Cluster, guildhall: Callable[..., Ran], slug: str
) -> None:
    done = guildhall("import", "activities", SAMPLES / "activities.csv", "--community", slug, "--create")
    assert done.returncode == 0, done.stderr
    with stack.client() as client:
        (community,) = client.get("/v1/communities", params={"slug": slug}).json()["items"]
    assert (community["state"], community["timezone"], community["kind"]) == ("active", "UTC", "other")


@pytest.mark.either_database
def test_without_create_the_community_must_exist(guildhall: Callable[..., Ran], slug: str) -> None:
    done = guildhall("import", "activities", SAMPLES / "activities.csv", "--community", slug)
    assert done.returncode == 1
    assert done.stderr == f"guildhall: there is no community '{slug}'; --create makes it\n"


@pytest.mark.either_database
def test_bad_rows_are_reported_and_the_rest_is_imported(
    guildhall: Callable[..., Ran], slug: str, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    to = ["--community", slug, "--create", "--report", report]
    done = guildhall("import", "activities", SAMPLES / "activities.csv", *to)
    assert done.returncode == 0, done.stderr
    told = report_of(report)
    assert (told["read"], told["written"], told["unchanged"], told["skipped"]) == (13, 7, 0, 0)
    assert {"where": "line 6", "reason": "3 columns instead of 6"} in told["not_understood"]
    assert "line 6: 3 columns instead of 6" in done.stdout
    assert done.stderr == ""


def test_rows_only_the_server_refuses_are_reported_too(
    guildhall: Callable[..., Ran], slug: str, tmp_path: Path
) -> None:
    events, report = tmp_path / "events.csv", tmp_path / "report.json"
    good = [f"2024-01-01T00:00:{n:02}Z,u{n},reply,,{n}," for n in range(20)]
    events.write_text(
        "\n".join(["ts,user,kind,thread,post_id,reply_to_user", *good, "2991-01-01,u,reply,,x,"])
    )
    assert (
        guildhall(
            "import", "activities", events, "--community", slug, "--create", "--report", report
        ).returncode
        == 0
    )
    told = report_of(report)
    assert told["written"] == 20
    assert told["not_understood"] == [{"where": "line 22", "reason": "implausible-time"}]


def test_a_dump_arrives_with_its_people_threads_and_times(
    stack: Cluster, guildhall: Callable[..., Ran], slug: str
) -> None:
    done = guildhall("import", "stackexchange", SAMPLES / "dump", "--community", slug, "--create")
    assert done.returncode == 0, done.stderr
    with stack.client() as client:
        (community,) = client.get("/v1/communities", params={"slug": slug}).json()["items"]
        path = f"/v1/communities/{community['id']}"
        members = client.get(f"{path}/members", params={"limit": 100}).json()["items"]
        topics = client.get(f"{path}/topics", params={"limit": 100}).json()["items"]
        why = next(topic for topic in topics if topic["title"] == "Why?")
        posts = client.get(f"{path}/topics/{why['id']}/posts", params={"limit": 100}).json()["items"]
    assert sorted(member["display_name"] for member in members) == [
        "Ada <Lovelace>",
        'Bo "the" builder',
        "Community",
        "Cy > Dee",
        "user 4",
    ]
    assert len(topics) == 2
    assert (why["tags"], why["score"], why["created_at"][:19]) == (["a", "b-c"], 7, "2024-02-01T09:00:00")
    early = next(post for post in posts if post["body"] == "early")
    assert why["accepted_post_id"] == early["id"]
    unowned = next(post for post in posts if post["body"] == "nobody's")
    assert unowned["author_identity_id"] is None
    replying = {post["body"]: post["reply_to"] for post in posts}
    assert replying == {
        "early": None,
        "nobody's": None,
        "on the question": None,
        "on an answer": unowned["id"],
    }


@pytest.mark.parametrize(("source", "path"), [("stackexchange", "."), ("activities", "events.csv")])
def test_a_second_run_changes_nothing(
    stack: Cluster,
    guildhall: Callable[..., Ran],
    slug: str,
    history: Path,
    tmp_path: Path,
    source: str,
    path: str,
) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    to = ["--community", slug, "--create"]
    assert guildhall("import", source, history / path, *to, "--report", first).returncode == 0
    before = contents(stack)
    assert guildhall("import", source, history / path, *to, "--report", second).returncode == 0
    assert contents(stack) == before
    assert report_of(first)["unchanged"] == report_of(second)["written"] == 0
    assert report_of(first)["written"] == report_of(second)["unchanged"] > 3_000


@pytest.mark.parametrize(("source", "path"), [("stackexchange", "."), ("activities", "events.csv")])
def test_a_killed_run_is_completed_by_the_next(
    stack: Cluster,
    guildhall: Callable[..., Ran],
    slug: str,
    history: Path,
    tmp_path: Path,
    source: str,
    path: str,
) -> None:
    report = tmp_path / "report.json"
    arguments: list[str | Path] = [
        "import",
        source,
        history / path,
        "--community",
        slug,
        "--create",
        "--report",
        report,
    ]
    table = "post" if source == "stackexchange" else "activity"

    def stored() -> int:
        return int(stack.rows("engagement", f"SELECT count(*) FROM {table}")[0][0])

    before = stored()
    killed = subprocess.Popen(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=ROOT,
        env=stack.variables(),
        stdout=subprocess.DEVNULL,
    )
    eventually(lambda: stored() >= before + 1_000, within=60)
    killed.kill()
    assert killed.wait(10) == -signal.SIGKILL
    assert guildhall(*arguments).returncode == 0
    told = report_of(report)
    assert told["unchanged"] >= 1_000, "it was killed after it had written"
    assert told["written"] >= 500, "it was killed before it had written everything"
    assert told["read"] == told["written"] + told["unchanged"]


@pytest.mark.either_database
@pytest.mark.parametrize("victim", ["engagement", "gateway"])
def test_a_service_that_dies_meanwhile_delays_it_only(
    cluster: Callable[..., Cluster], history: Path, tmp_path: Path, victim: str
) -> None:
    running, report = cluster(), tmp_path / "report.json"
    command: list[str | Path] = [
        "import",
        "activities",
        history / "events.csv",
        "--community",
        "c-1",
        "--create",
        "--report",
        report,
    ]
    importer = subprocess.Popen(
        [sys.executable, "-m", "cli.main", *command], cwd=ROOT, env=running.variables()
    )

    def stored() -> int:
        return int(running.rows("engagement", "SELECT count(*) FROM activity")[0][0])

    eventually(lambda: stored() >= 500, within=60)
    old = running.kill(victim)
    assert importer.poll() is None, "it was still at work when the service died"
    running.restarted(victim, old)
    assert importer.wait(60) == 0
    told = report_of(report)
    assert told["read"] == told["written"] == stored()


@pytest.mark.either_database
def test_nobody_there_is_said_in_one_line_and_soon(stack: Cluster, slug: str) -> None:
    began = time.monotonic()
    nowhere = stack.variables() | {"GUILDHALL_URL": "http://127.0.0.1:9"}
    done = run(nowhere, "import", "activities", SAMPLES / "activities.csv", "--community", slug)
    assert done.returncode == 1
    assert done.stderr.startswith("guildhall: http://127.0.0.1:9 does not answer")
    assert done.stderr.count("\n") == 1
    assert time.monotonic() - began < 15


@pytest.mark.either_database
def test_a_wrong_key_is_said_in_one_line(stack: Cluster, slug: str) -> None:
    wrong = stack.variables() | {"GUILDHALL_KEY": "gh_dev_wrong"}
    done = run(wrong, "import", "activities", SAMPLES / "activities.csv", "--community", slug)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "401" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["import", "activities", SAMPLES / "activities.csv"],
        ["import", "activities", SAMPLES / "nothing.csv", "--community", "c-1"],
        [
            "import",
            "activities",
            SAMPLES / "activities.csv",
            "--community",
            "c-1",
            "--report",
            "no/where.json",
        ],
        ["import", "telepathy", SAMPLES / "activities.csv", "--community", "c-1"],
        ["import"],
        ["teleport"],
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str | Path]) -> None:
    done = run({}, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: guildhall" in done.stderr


@pytest.mark.either_database
def test_a_path_of_the_wrong_kind_fails(guildhall: Callable[..., Ran], slug: str) -> None:
    for source, path in (("activities", SAMPLES / "dump"), ("stackexchange", SAMPLES)):
        done = guildhall("import", source, path, "--community", slug, "--create")
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
