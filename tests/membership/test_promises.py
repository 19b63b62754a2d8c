"""Promises seen from outside: made, kept, late, broken, released, superseded, apologised for; and by whom."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from services.membership.promises.rules import EVIDENCE_MAX, GRACE_HOURS_MAX
from shared.testing import eventually
from tests.membership.conftest import Someone, at_once, codes

Facts = Callable[..., list[dict[str, Any]]]
Person = Callable[..., Someone]
REASON = {"reason": "No longer needed."}


def soon(seconds: float = 3600) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def promise(**changes: Any) -> dict[str, Any]:
    """What a team promises to an inquirer, due in an hour."""
    given = {"to": {"kind": "inquiry", "id": str(uuid4())}, "text": "We come back.", "due": {"at": soon()}}
    return given | changes


def to(who: Someone) -> dict[str, Any]:
    return {"kind": "member", "id": str(who.member_id)}


def made(by: Someone, **changes: Any) -> str:
    return str(by.made("/promises", promise(**changes))["id"])


def state(by: Someone, id_: str, wanted: str, within: float = 8.0) -> dict[str, Any]:
    """The promise, once it is in the wanted state."""

    def reached() -> dict[str, Any]:
        found: dict[str, Any] = by.get(f"/promises/{id_}").json()
        assert found.get("state") == wanted
        return found

    return eventually(reached, within=within)


def told(facts: Facts) -> list[str]:
    return [fact["fact"] for fact in facts() if fact["fact"].startswith("promise_")]


def test_a_promise_is_made_and_kept(key: Someone, joined: Person, facts: Facts) -> None:
    editor = joined("ed", "editor", by=key)
    given = promise(grace_hours=48, visibility="members", evidence=[{"note": "Minutes of Monday"}])
    answer = editor.post("/promises", given)
    assert answer.status_code == 201
    kept = editor.made(
        f"/promises/{answer.json()['id']}/keep",
        {"evidence": [{"note": "Sent", "url": "https://example.org/1"}]},
    )
    assert (kept["state"], kept["owner_member_id"]) == ("kept", str(editor.member_id))
    assert kept["settled_at"] is not None
    assert [(each["note"], each["url"]) for each in kept["evidence"]] == [
        ("Minutes of Monday", None),
        ("Sent", "https://example.org/1"),
    ]
    begin = datetime.fromisoformat(given["due"]["at"])
    assert datetime.fromisoformat(kept["breaks_at"]) == begin + timedelta(hours=48)
    assert told(facts) == ["promise_made", "promise_kept"]
    assert "We come back" not in str(facts())
    again = editor.post(f"/promises/{kept['id']}/keep", {})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/invalid-transition")
    assert (again.json()["state"], again.json()["allowed"]) == ("kept", [])


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"due": {"at": soon(-60)}}, "due-in-the-past"),
        ({"due": {"at": "1969-01-01T00:00:00Z"}}, "due-in-the-past"),
        ({"due": {}}, "due-missing"),
        ({"due": {"about": str(uuid4())}}, "due-missing"),
        ({"due": {"on_event": "weather.rained"}}, "invalid-input"),
        ({"grace_hours": GRACE_HOURS_MAX + 1}, "invalid-input"),
        ({"grace_hours": -1}, "invalid-input"),
        ({"text": " "}, "invalid-input"),
        ({"text": "x" * 2001}, "invalid-input"),
        ({"evidence": [{"note": "n"}] * (EVIDENCE_MAX + 1)}, "invalid-input"),
        ({"evidence": [{"note": "n", "url": "javascript:alert(1)"}]}, "invalid-input"),
        ({"to": {"kind": "member", "id": str(uuid4())}}, "recipient-unknown"),
        ({"to": {"kind": "community", "id": str(uuid4())}}, "recipient-unknown"),
        ({"to": {"kind": "prospect", "id": str(uuid4())}}, "recipient-unknown"),
        ({"to": {"kind": "partner", "id": str(uuid4())}}, "recipient-unknown"),
        ({"owner_member_id": str(uuid4())}, "owner-unknown"),
        ({"state": "kept"}, "invalid-input"),
    ],
)
def test_what_cannot_be_promised_leaves_no_trace(
    key: Someone, facts: Facts, audited: Any, changes: dict[str, Any], problem: str
) -> None:
    before = (facts(), audited())
    refused = key.post("/promises", promise(**changes))
    assert (refused.status_code, refused.json()["type"]) == (422, f"/problems/{problem}")
    assert key.get("/promises").json()["items"] == []
    assert (facts(), audited()) == before


def test_an_unkept_promise_is_late_then_broken_then_apologised_for(key: Someone, facts: Facts) -> None:
    due = {"at": soon(0.6)}
    id_ = made(key, due=due)
    early = key.post(f"/promises/{id_}/apologise", {"text": "Sorry."})
    assert (early.status_code, early.json()["allowed"]) == (409, ["keep", "release", "supersede"])
    broken = state(key, id_, "broken")
    assert broken["settled_at"] == broken["breaks_at"] == broken["due"]["at"]
    late_keep = key.post(f"/promises/{id_}/keep", {})
    assert (late_keep.status_code, late_keep.json()["allowed"]) == (409, ["apologise"])
    sorry = key.made(f"/promises/{id_}/apologise", {"text": "We forgot, and we are sorry."})
    assert (sorry["state"], sorry["apology"]) == ("apologised", "We forgot, and we are sorry.")
    assert key.post(f"/promises/{id_}/apologise", {"text": "Sorry again."}).status_code == 409
    assert told(facts) == ["promise_made", "promise_late", "promise_broken", "promise_apologised"]
    versions = [fact["aggregate_version"] for fact in facts() if fact["fact"].startswith("promise_")]
    assert versions == [1, 2, 3, 4]
    moments = {fact["fact"]: datetime.fromisoformat(fact["occurred_at"]) for fact in facts()}
    assert moments["promise_late"] == moments["promise_broken"] == datetime.fromisoformat(due["at"])


def test_within_the_grace_it_is_kept_late(key: Someone, facts: Facts) -> None:
    id_ = made(key, due={"at": soon(0.6)}, grace_hours=1)
    state(key, id_, "late")
    assert key.made(f"/promises/{id_}/keep")["state"] == "kept_late"
    assert told(facts) == ["promise_made", "promise_late", "promise_kept_late"]


def test_what_is_kept_past_its_time_is_late_even_when_no_clock_has_run(
    key: Someone, facts: Facts, stack: Any
) -> None:
    """The clock decides, not the timer: were it asleep, the promise would be as late."""
    id_ = made(key, grace_hours=1)
    stack.execute("membership", f"UPDATE promise SET due_at = made_at, clock_at = NULL WHERE id = '{id_}'")
    assert key.made(f"/promises/{id_}/keep", {})["state"] == "kept_late"
    assert told(facts) == ["promise_made", "promise_late", "promise_kept_late"]


def test_only_the_recipient_releases(key: Someone, joined: Person, partner: Person, facts: Facts) -> None:
    ada, ben, editor = joined("ada"), joined("ben"), joined("ed", "editor", by=key)
    id_ = made(editor, to=to(ada), visibility="members")
    for other in (ben, editor, key, partner("admin")):
        refused = other.post(f"/promises/{id_}/release", REASON)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-the-recipient")
    assert ada.post(f"/promises/{id_}/release", {}).status_code == 422
    released = ada.made(f"/promises/{id_}/release", REASON)
    assert (released["state"], released["reason"]) == ("released", "No longer needed.")
    assert ada.post(f"/promises/{id_}/release", REASON).status_code == 409
    assert told(facts) == ["promise_made", "promise_released"]
    assert "No longer needed" not in str(facts())


def test_for_whoever_cannot_sign_in_the_team_releases(
    key: Someone, joined: Person, partner: Person, audited: Any
) -> None:
    ada, editor = joined("ada"), joined("ed", "editor", by=key)
    id_ = made(editor, visibility="members")
    assert ada.post(f"/promises/{id_}/release", REASON).status_code == 403
    assert partner("write").post(f"/promises/{id_}/release", REASON).status_code == 403
    assert editor.made(f"/promises/{id_}/release", REASON)["state"] == "released"
    assert audited()[-1] == "promise.release"


def test_the_team_releases_what_was_promised_to_a_member_who_cannot_sign_in(
    key: Someone, joined: Person, audited: Any
) -> None:
    """Nobody would be left who could: the one speaks through others, the other has gone."""
    ada, editor = joined("ada"), joined("ed", "editor", by=key)
    imported = key.made("/members", {"handle": "speechless", "display_name": "Speechless"})["id"]
    to_them = made(editor, to={"kind": "member", "id": imported})
    to_ada = made(editor, to=to(ada))
    assert editor.post(f"/promises/{to_ada}/release", REASON).status_code == 403
    ada.made(f"/members/{ada.member_id}/leave")
    for id_ in (to_them, to_ada):
        assert editor.made(f"/promises/{id_}/release", REASON)["state"] == "released"
        assert audited()[-1] == "promise.release"


def test_nothing_is_promised_to_a_prospect_who_wants_to_hear_no_more(key: Someone, facts: Facts) -> None:
    prospect = key.made("/prospects", {"contact": "ada@example.org", "source_channel": "survey"})["id"]
    given = promise(to={"kind": "prospect", "id": prospect})
    owed, kept = key.made("/promises", given)["id"], key.made("/promises", given)["id"]
    key.made(f"/promises/{kept}/keep", {"evidence": [{"note": "Told Ada."}]})
    key.made(f"/prospects/{prospect}/withdraw")
    assert told(facts)[-1] == "promise_released"
    for id_, state_now in ((owed, "released"), (kept, "kept")):
        left = key.get(f"/promises/{id_}").json()
        assert (left["state"], left["text"], left["evidence"]) == (state_now, None, [])
    refused = key.post("/promises", given)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/recipient-unknown")


def test_another_promise_takes_its_place(key: Someone, facts: Facts) -> None:
    same = promise()["to"]
    old, new = made(key, to=same), made(key, to=same)
    assert key.post(f"/promises/{old}/supersede", {"by": old}).json()["type"] == "/problems/supersedes-itself"
    missing = key.post(f"/promises/{old}/supersede", {"by": str(uuid4())})
    assert missing.json()["type"] == "/problems/successor-unknown"
    superseded = key.made(f"/promises/{old}/supersede", {"by": new})
    assert (superseded["state"], superseded["superseded_by"]) == ("superseded", new)
    circle = key.post(f"/promises/{new}/supersede", {"by": old})
    assert (circle.status_code, circle.json()["type"]) == (409, "/problems/successor-settled")
    assert told(facts) == ["promise_made", "promise_made", "promise_superseded"]
    assert facts()[-1]["successor_id"] == new


def test_what_is_owed_to_a_member_is_not_settled_by_a_promise_to_somebody_else(
    key: Someone, joined: Person, facts: Facts
) -> None:
    ada, ben = joined("ada"), joined("ben")
    owed = made(key, to=to(ada))
    for other in (made(key, to=to(ben)), made(key)):
        refused = key.post(f"/promises/{owed}/supersede", {"by": other})
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/successor-to-others")
    assert key.get(f"/promises/{owed}").json()["state"] == "open"
    assert told(facts) == ["promise_made"] * 3


@pytest.mark.parametrize("length", [2, 4])
def test_no_circle_closes_when_all_supersede_at_once(key: Someone, length: int) -> None:
    same = promise()["to"]
    ids = [made(key, to=same) for _ in range(length)]
    pairs = [(ids[i], ids[(i + 1) % length]) for i in range(length)]
    acts = [partial(key.post, f"/promises/{old}/supersede", {"by": new}) for old, new in pairs]
    assert 409 in codes(at_once(acts))
    states = {each["id"]: each["superseded_by"] for each in key.get("/promises").json()["items"]}
    for id_ in ids:
        seen = set()
        following: str | None = id_
        while following is not None:
            assert following not in seen
            seen.add(following)
            following = states[following]


def test_who_may_know_of_which(key: Someone, joined: Person, partner: Person) -> None:
    ada, ben, editor = joined("ada"), joined("ben"), joined("ed", "editor", by=key)
    ids = {
        "to ada": made(editor, to=to(ada)),
        "by ada": made(editor, owner_member_id=str(ada.member_id), visibility="team"),
        "of the team": made(editor, visibility="team"),
        "for all": made(editor, visibility="members"),
        "to ada, for all": made(editor, to=to(ada), visibility="members"),
    }
    everything = set(ids)
    expected = {
        ada: everything - {"of the team"},
        ben: {"for all", "to ada, for all"},
        editor: everything,
        key: everything,
        partner("read"): everything,
    }
    for who, names in expected.items():
        listed = [each["id"] for each in who.get("/promises?limit=100").json()["items"]]
        assert listed == [id_ for name, id_ in ids.items() if name in names]
        for name, id_ in ids.items():
            assert who.get(f"/promises/{id_}").status_code == (200 if name in names else 404)
        paged, cursor = [], ""
        while cursor is not None:
            page = who.get(f"/promises?limit=1{cursor and '&cursor='}{cursor}").json()
            paged += [each["id"] for each in page["items"]]
            cursor = page["next_cursor"]
        assert paged == listed
    assert [each["id"] for each in ben.get(f"/promises?to_id={ada.member_id}").json()["items"]] == [
        ids["to ada, for all"]
    ]
    assert key.get("/promises?state=kept").json()["items"] == []
    assert len(key.get(f"/promises?owner_member_id={editor.member_id}&to_kind=inquiry").json()["items"]) == 2


def test_who_answers_for_a_promise_may_say_it_is_kept(key: Someone, joined: Person) -> None:
    ada, ben = joined("ada"), joined("ben")
    id_ = made(key, owner_member_id=str(ada.member_id), visibility="members")
    assert ben.post(f"/promises/{id_}/keep", {}).status_code == 403
    assert ben.post(f"/promises/{made(key)}/keep", {}).status_code == 404
    assert ada.made(f"/promises/{id_}/keep", {})["state"] == "kept"
    assert ada.post("/promises", promise()).status_code == 403


def test_words_stay_and_who_answers_changes(key: Someone, joined: Person, facts: Facts) -> None:
    ada = joined("ada")
    id_ = made(key)
    tag = key.get(f"/promises/{id_}").headers["etag"]
    assert key.patch(f"/promises/{id_}", {"visibility": "team"}).status_code == 428
    for fixed in ({"text": "Other words."}, {"due": {"at": soon(7200)}}, {"grace_hours": 1}):
        assert key.patch(f"/promises/{id_}", fixed, If_Match=tag).status_code == 422
    given = {
        "owner_member_id": str(ada.member_id),
        "visibility": "members",
        "evidence": [{"note": "Half done"}],
    }
    changed = key.patch(f"/promises/{id_}", given, If_Match=tag)
    assert (changed.status_code, changed.json()["owner_member_id"]) == (200, str(ada.member_id))
    assert [each["note"] for each in changed.json()["evidence"]] == ["Half done"]
    assert key.patch(f"/promises/{id_}", given, If_Match=tag).status_code == 412
    full = {"evidence": [{"note": "n"}] * EVIDENCE_MAX}
    assert key.post(f"/promises/{id_}/keep", full).json()["type"] == "/problems/too-much-evidence"
    key.made(f"/promises/{id_}/keep", {})
    assert key.patch(f"/promises/{id_}", given, If_Match='"3"').status_code == 409
    assert told(facts) == ["promise_made", "promise_changed", "promise_kept"]


def test_keeping_and_releasing_at_once_ends_in_one(key: Someone, facts: Facts) -> None:
    id_ = made(key)
    acts = [
        partial(key.post, f"/promises/{id_}/{verb}", body)
        for verb, body in [("keep", {}), ("release", REASON)] * 4
    ]
    assert codes(at_once(acts)) == [200] + [409] * 7
    assert len(told(facts)) == 2


def test_the_summary_counts_what_was_due(key: Someone, joined: Person, stack: Any) -> None:
    ada, editor = joined("ada"), joined("ed", "editor", by=key)
    today = datetime.now(UTC).date()
    period = f"from={today}&to={today + timedelta(days=40)}"
    empty = editor.get(f"/promises/summary?{period}").json()
    assert (empty["n"], empty["kept_rate"]) == (0, None)
    kept, kept_late, broken, late, released, _open, elsewhere = (
        made(key, due={"at": soon(3600 * 24 * 30)}, grace_hours=24) for _ in range(7)
    )
    key.made(f"/promises/{kept}/keep", {})
    key.made(f"/promises/{released}/release", REASON)
    key.made(f"/promises/{elsewhere}/keep", {})
    for id_, was in ((kept_late, "kept_late"), (broken, "apologised"), (late, "late")):
        stack.execute("membership", f"UPDATE promise SET state = '{was}', clock_at = NULL WHERE id = '{id_}'")
    far = "2030-01-01T00:00:00.000000Z"
    stack.execute("membership", f"UPDATE promise SET due_at = '{far}' WHERE id = '{elsewhere}'")
    found = editor.get(f"/promises/summary?{period}").json()
    counts = {name: found[name] for name in ("n", "kept", "kept_late", "late", "broken", "open", "released")}
    assert counts == {
        "n": 4,
        "kept": 1,
        "kept_late": 1,
        "late": 1,
        "broken": 1,
        "open": 1,
        "released": 1,
    }
    assert [found[f"{each}_rate"] for each in ("kept", "late", "broken")] == [0.25, 0.5, 0.25]
    assert ada.get(f"/promises/summary?{period}").status_code == 403
    backwards = editor.get(f"/promises/summary?from={today}&to={today}")
    assert backwards.json()["type"] == "/problems/period-not-possible"
