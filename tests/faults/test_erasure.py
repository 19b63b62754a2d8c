"""F17: who is erased is nowhere any more, though a service was away and the coordinator died twice (P14)."""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.testing import Cluster, eventually
from tests.conftest import found_community
from tests.faults.needles import REPORTED, Haystack, needle

ERASED_SECONDS = 60.0
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass
class Village:
    """A community in which somebody left a needle in everything one can write, and somebody else did, too."""

    cluster: Cluster
    api: httpx.Client
    community: UUID
    clients: ExitStack = field(default_factory=ExitStack)

    def ask(self, who: httpx.Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = who.request(method, f"/v1/communities/{self.community}{path}", json=body, headers=named)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def populate(self, who: httpx.Client, handle: str, word: Callable[[str], str]) -> str:
        """Write everywhere as `who`; the member's id."""
        given = {"handle": handle, "display_name": word("name"), "bio": word("bio")}
        member = self.ask(who, "POST", "/members", given, Idempotency_Key=word("key-of-joining"))
        me = f"/members/{member['id']}"
        profile = {
            "headline": word("headline"),
            "organisation": word("organisation"),
            "location": word("location"),
            "interests": [word("interest")],
            "goals": [word("goal")],
            "custom": {"pet": word("custom")},
        }
        self.ask(who, "PATCH", me, profile, If_Match="*")
        self.ask(who, "PUT", f"{me}/consents/demographics", {"policy_version": "1"})
        self.ask(who, "PUT", "/members/me/demographics", {"answers": {"gender": "woman"}})
        self.ask(who, "POST", "/leader-applications", {"motivation": word("motivation")})
        topic = {
            "channel_id": self.channel,
            "title": word("title"),
            "body": word("body"),
            "kind": "discussion",
        }
        topic_id = self.ask(who, "POST", "/topics", topic, Idempotency_Key=word("key-of-topic"))["id"]
        post = self.ask(
            who,
            "POST",
            f"/topics/{topic_id}/posts",
            {"body": word("first")},
            Idempotency_Key=word("key-of-post"),
        )["id"]
        self.ask(who, "PATCH", f"/posts/{post}", {"body": word("second")}, If_Match="*")
        self.ask(who, "PUT", f"/posts/{post}/reactions/like")
        self.ask(who, "POST", "/reads", {"items": [{"topic_id": topic_id}]})
        self.ask(self.api, "POST", f"{me}/identities", {"provider": "slack", "subject": word("subject")})
        promise = {
            "to": {"kind": "member", "id": member["id"]},
            "text": word("promise"),
            "due": {"at": "2099-01-01T00:00:00Z"},
        }
        self.ask(self.api, "POST", "/promises", promise)
        stakeholder = {
            "name": word("stakeholder"),
            "side": "internal",
            "influence": 1,
            "member_id": member["id"],
        }
        self.ask(self.api, "POST", "/stakeholders", stakeholder)
        self.attend(who, member["id"], word)
        self.teach(who, word)
        patch = {
            "schemas": [PATCH],
            "Operations": [{"op": "add", "path": "nickName", "value": word("sealed")}],
        }
        url = f"/scim/v2/Users/{member['id']}?community={self.community}"
        known = self.api.patch(url, json=patch, headers={"content-type": "application/scim+json"})
        assert known.is_success, known.text
        return str(member["id"])

    def attend(self, who: httpx.Client, member_id: str, word: Callable[[str], str]) -> None:
        """Write everywhere around an event as `who`, who is to speak there as well."""
        given = {"title": "Tea", "starts_at": "2099-01-01T18:00:00", "organisers": [member_id]}
        event = f"/events/{self.ask(self.api, 'POST', '/events', given)['id']}"
        for verb in ("publish", "open-registration"):
            self.ask(self.api, "POST", f"{event}/{verb}")
        self.ask(who, "POST", f"{event}/registrations", {"answers": {"why": word("sealed-answer")}})
        self.ask(who, "POST", f"{event}/questions", {"text": word("question")})
        speaker = {
            "kind": "member",
            "member_id": member_id,
            "name": word("speaker"),
            "bio": word("speaker-bio"),
            "topics": [word("speaker-topic")],
            "contact": word("sealed-contact"),
            "honorarium": word("honorarium"),
        }
        invitation = {
            "speaker_id": self.ask(self.api, "POST", "/speakers", speaker)["id"],
            "message": word("invitation"),
            "deadline": "2098-01-01T00:00:00Z",
        }
        self.ask(self.api, "POST", f"{event}/speaker-invitations", invitation)

    def teach(self, who: httpx.Client, word: Callable[[str], str]) -> None:
        """Write everywhere around an article as `who`, who keeps a draft and searches as well."""
        draft = {"title": word("draft"), "body": word("draft-body"), "tags": [word("tag")[:40]]}
        self.ask(who, "POST", "/articles", draft)
        written = {"title": "Tea", "body": "Boil water.", "summary": word("revision-summary")}
        article = f"/articles/{self.ask(who, 'POST', '/articles', written)['id']}"
        self.ask(who, "POST", f"{article}/submit")
        self.ask(self.api, "POST", f"{article}/approve")
        self.ask(self.api, "POST", f"{article}/publish")
        asked = {"title": word("question-title"), "body": word("question-body")}
        self.ask(who, "POST", "/questions", asked)
        others = {"title": "Where is the tea?", "body": "I cannot find it."}
        question = f"/questions/{self.ask(self.api, 'POST', '/questions', others)['id']}"
        self.ask(who, "POST", f"{question}/answers", {"body": word("answer")})
        resource = {
            "title": "Tea",
            "url": "http://10.0.0.1/tea",
            "kind": "link",
            "summary": word("resource-summary"),
        }
        self.ask(who, "POST", "/resources", resource)
        self.ask(who, "GET", f"/search?q={word('searched')}")
        sql = f"SELECT 1 FROM search_log WHERE query = '{word('searched')}'"
        eventually(lambda: self.cluster.rows("knowledge", sql), within=10)

    @property
    def channel(self) -> str:
        if not hasattr(self, "_channel"):
            given = {"name": "Talk", "kind": "forum"}
            self._channel = str(self.ask(self.api, "POST", "/channels", given)["id"])
        return self._channel

    def digest(self, ids: set[str]) -> dict[str, str]:
        """A digest per table of every row that does not speak of these ids."""
        digests = {}
        for service, tables in OTHERS.items():
            for table in tables:
                rows = self.cluster.rows(service, f'SELECT * FROM "{table}"')
                kept = sorted(str(row) for row in rows if not any(id_ in str(row) for id_ in ids))
                digests[f"{service}.{table}"] = f"{len(kept)} {sha256(repr(kept).encode()).hexdigest()}"
        return digests


OTHERS = {
    "membership": (
        "community",
        "member",
        "person",
        "identity",
        "role_grant",
        "member_interest",
        "consent",
        "promise",
        "leader_application",
        "stakeholder",
    ),
    "engagement": ("channel", "topic", "post", "revision", "reaction", "presence"),
    "events": ("event", "registration", "seat_log", "question", "speaker", "speaker_invitation", "organiser"),
    "knowledge": ("article", "revision", "slug", "contributor", "question", "answer", "resource"),
}
SEALED = {"sealed", "sealed-answer", "sealed-contact"}
"""Needles that nobody finds who has the files alone."""


@pytest.fixture
def village(cluster: Callable[..., Cluster]) -> Iterator[Village]:
    running = cluster()
    with running.client() as api:
        village = Village(running, api, found_community(api))
        village.ask(api, "PUT", "/member-fields/pet", {"label": "Pet", "kind": "text"})
        yield village
        village.clients.close()


def test_an_erasure_leaves_no_needle_and_touches_nobody_else(village: Village, database: str) -> None:
    cluster = village.cluster
    needles: dict[str, str] = {"email": f"naedel-{uuid4().hex[:12]}@example.org"}

    def word(what: str) -> str:
        return needles.setdefault(what, needle(what))

    subject = village.clients.enter_context(cluster.person(needles["email"]))
    bystander = village.clients.enter_context(cluster.person("bystander"))
    theirs: dict[str, str] = {}
    other = village.populate(bystander, "bystander", lambda what: theirs.setdefault(what, needle(what)))
    needles["handle"] = f"naedel{uuid4().hex[:10]}"
    member = village.populate(subject, needles["handle"], word)
    cluster.wait_converged()
    haystack = Haystack(cluster)
    before = haystack.find(needles | {"id": member})
    assert {what for what, places in before.items() if not places} == SEALED, "the search finds the rest"
    assert any("jetstream" in place for place in before["id"]), "the search reads the stream's files"
    ids = {member, *_written_by(cluster, member)}
    others = village.digest(ids)

    request, seconds = _erase_with_trouble(cluster, subject)
    receipts = village.api.get(f"/v1/data-requests/{request}").json()["receipts"]
    after = haystack.find(needles)
    archive = _export_of(bystander)
    assert {what: places for what, places in after.items() if places} == {}
    assert not any(text.encode() in archive for text in needles.values())
    assert village.digest(ids) == others
    plain = {what: text for what, text in theirs.items() if what not in SEALED}
    assert all(haystack.find(plain).values()), "the others' words are where they were"
    assert village.ask(village.api, "GET", f"/members/{other}")["state"] == "active"
    assert village.ask(village.api, "GET", f"/members/{member}")["state"] == "erased"
    REPORTED.append(_report(database, before, receipts, seconds))


def _written_by(cluster: Cluster, member: str) -> list[str]:
    """Topics and posts the member wrote: they are found again by id when their author is nobody."""
    found: list[str] = []
    for table in ("topic", "post"):
        sql = f"SELECT id FROM {table} WHERE author_member_id = '{member}'"
        found += [str(id_) for (id_,) in cluster.rows("engagement", sql)]
    sql = f"SELECT person_id FROM member WHERE id = '{member}'"
    found += [str(id_) for (id_,) in cluster.rows("membership", sql)]
    about = {"promise": "to_id", "stakeholder": "member_id", "identity": "member_id"}
    for table, column in about.items():
        sql = f"SELECT id FROM {table} WHERE {column} = '{member}'"
        found += [str(id_) for (id_,) in cluster.rows("membership", sql)]
    for table, column in (("registration", "event_id"), ("question", "id"), ("speaker", "id")):
        whose = "asked_by" if table == "question" else "member_id"
        sql = f"SELECT {column} FROM {table} WHERE {whose} = '{member}'"
        found += [str(id_) for (id_,) in cluster.rows("events", sql)]
    own = {"article": "owner_id", "question": "asked_by", "answer": "author_id", "resource": "added_by"}
    for table, column in own.items():
        sql = f"SELECT id FROM {table} WHERE {column} = '{member}'"
        found += [str(id_) for (id_,) in cluster.rows("knowledge", sql)]
    sql = f"SELECT question_id FROM answer WHERE author_id = '{member}'"
    found += [str(id_) for (id_,) in cluster.rows("knowledge", sql)]  # each counts its answers
    return found


def _erase_with_trouble(cluster: Cluster, subject: httpx.Client) -> tuple[str, float]:
    """Erase with engagement away and membership killed twice on the way; the seconds since both were back."""
    with cluster.frozen("engagement") as away:
        first = cluster.crash_at("membership", "mid_erasure")
        made = subject.post("/v1/data-requests", json={"kind": "erase"})
        assert (made.status_code, made.json()["state"]) == (201, "running"), made.text
        cluster.restarted("membership", first)
        second = cluster.crash_at("membership", "before_commit")
        cluster.restarted("membership", second)
        with cluster.client() as owner:
            path = f"/v1/data-requests/{made.json()['id']}"
            eventually(lambda: _missing(owner, path) == {"engagement"}, within=ERASED_SECONDS)
            assert owner.get(path).json()["state"] == "running"
            cluster.kill("engagement")
            cluster.restarted("engagement", away)
            back = time.monotonic()
            eventually(lambda: owner.get(path).json()["state"] == "done", within=ERASED_SECONDS)
    return made.json()["id"], time.monotonic() - back


def _missing(owner: httpx.Client, path: str) -> set[str]:
    answer = owner.get(path)
    assert answer.is_success, answer.text
    return {each["service"] for each in answer.json()["receipts"] if each["received_at"] is None}


def _export_of(who: httpx.Client) -> bytes:
    """Everything another person gets, file by file."""
    made = who.post("/v1/data-requests", json={"kind": "export"}).json()
    path = f"/v1/data-requests/{made['id']}"
    eventually(lambda: who.get(path).json()["state"] == "done", within=20)
    with zipfile.ZipFile(io.BytesIO(who.get(f"{path}/archive").content)) as file:
        assert len(file.namelist()) > 10, file.namelist()
        return b"\n".join(file.read(name) for name in file.namelist())


def _report(
    database: str, before: dict[str, list[str]], receipts: list[dict[str, Any]], seconds: float
) -> str:
    hits = sum(len(places) for places in before.values())
    lines = [f"{database}: {len(before)} needles in {hits} places before, 0 after, {seconds:.1f} s late"]
    for each in receipts:
        rows = ", ".join(f"{row['table']} {row['rows']}" for row in each["erased"])
        lines.append(f"  {each['service']}: {rows or 'nothing'}; kept: {', '.join(each['retained'])}")
    return "\n".join(lines)


def test_an_export_goes_on_where_it_was_killed_and_waits_for_who_is_away(village: Village) -> None:
    cluster = village.cluster
    who = village.clients.enter_context(cluster.person("ada"))
    written: dict[str, str] = {}
    village.populate(who, "ada", lambda what: written.setdefault(what, needle(what)))
    with cluster.frozen("metrics"):
        killed = cluster.crash_at("membership", "mid_export")
        made = who.post("/v1/data-requests", json={"kind": "export"}).json()
        cluster.restarted("membership", killed)
        path = f"/v1/data-requests/{made['id']}"
        sql = f"SELECT position FROM data_request WHERE id = '{made['id']}'"
        eventually(lambda: json.loads(cluster.rows("membership", sql)[0][0])["step"] == 4, within=20)
        assert who.get(path).json()["state"] == "running"
    eventually(lambda: who.get(path).json()["state"] == "done", within=30)
    with zipfile.ZipFile(io.BytesIO(who.get(f"{path}/archive").content)) as file:
        names = file.namelist()
        content = b"".join(file.read(name) for name in names).decode()
    assert len(names) == len(set(names))
    assert [name for name in names if "/engagement/post" in name] != []
    assert [what for what, text in written.items() if text not in content and "key" not in what] == []
    cluster.execute("membership", "UPDATE data_request SET expires_at = '2026-01-01T00:00:00.000000Z'")
    cluster.restarted("membership", cluster.kill("membership"))
    assert who.get(f"{path}/archive").status_code == 404
    eventually(lambda: cluster.rows("membership", "SELECT * FROM archive_entry") == [], within=10)


def test_an_erasure_that_waits_too_long_is_told_again_and_raises_an_alarm(village: Village) -> None:
    cluster = village.cluster
    ada = village.clients.enter_context(cluster.person("ada"))
    village.ask(ada, "POST", "/members", {"handle": "ada", "display_name": "Ada"})
    cluster.wait_converged()
    with cluster.frozen("engagement"):
        made = ada.post("/v1/data-requests", json={"kind": "erase"}).json()
        path = f"/v1/data-requests/{made['id']}"
        eventually(lambda: _missing(village.api, path) == {"engagement"}, within=ERASED_SECONDS)
        ago = "'2026-01-01T00:00:00.000000Z'"
        cluster.execute("membership", f"UPDATE data_request_part SET told_at = {ago}")
        cluster.execute("membership", f"UPDATE data_request SET created_at = {ago}")
        eventually(
            lambda: cluster.rows("membership", "SELECT told FROM data_request_part") == [(2,)], within=15
        )
        eventually(lambda: "erasure_late" in cluster.last_words(200), within=15)
        assert cluster.metric("membership", "guildhall_erasures_unfinished") == 1
        assert cluster.metric("membership", "guildhall_erasure_oldest_seconds") > 25 * 24 * 3600
    eventually(lambda: village.api.get(path).json()["state"] == "done", within=ERASED_SECONDS)
    assert cluster.last_words(1000).count('"erasure_late"') == 1, "each alarm rings once"
    assert cluster.last_words(1000).count('"erasure_done"') == 1
