"""A community's own fields, and the rest of a profile: who may say what, and who may see it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.membership.members.field_values import complaint
from services.membership.members.rules import FieldKind
from tests.membership.conftest import Someone, at_once, codes
from tests.membership.test_invitations import accept, problem

Person = Callable[..., Someone]
ADA = {"handle": "ada", "display_name": "Ada"}


def put(key: Someone, name: str, kind: str, **given: Any) -> dict[str, Any]:
    answer = key.ask("PUT", f"/member-fields/{name}", {"label": name.title(), "kind": kind} | given)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_values_fit_the_fields_of_the_community(key: Someone, person: Person, name: Any) -> None:
    put(key, "size", "choice", options=["s", "m"], required=True)
    put(key, "since", "date")
    ada = person(name("ada"))
    refused = ada.post("/members", ADA | {"custom": {"since": "yesterday", "shoe": 1}})
    assert problem(refused) == (422, "fields-do-not-fit")
    assert [error["where"][-1] for error in refused.json()["errors"]] == ["since", "shoe", "size"]
    made = ada.made("/members", ADA | {"custom": {"size": "m", "since": "2020-02-29"}})
    ada = person(name("ada"))
    path = f"/members/{made['id']}"
    assert ada.get(f"{path}/profile").json()["custom"] == {"size": "m", "since": "2020-02-29"}
    assert "custom" not in ada.get(path).json()
    assert ada.patch(path, {"custom": {"since": None}}, If_Match="*").status_code == 200
    assert ada.get(f"{path}/profile").json()["custom"] == {"size": "m"}
    assert ada.patch(path, {"custom": {"size": None}}, If_Match="*").status_code == 422
    invitation = key.made("/invitations", {})
    ben = person(name("ben"))
    assert problem(accept(ben, invitation["token"], "ben")) == (422, "fields-do-not-fit")
    assert accept(ben, invitation["token"], "ben", custom={"size": "s"}).status_code == 200
    assert key.post("/members", {"handle": "cy", "display_name": "Cy"}).status_code == 201


def test_a_retired_field_keeps_what_was_given(key: Someone, person: Person, name: Any) -> None:
    put(key, "size", "text", required=True)
    made = person(name("ada")).made("/members", ADA | {"custom": {"size": "m"}})
    assert key.delete("/member-fields/size").status_code == 204
    assert key.delete("/member-fields/none").status_code == 404
    assert key.get("/member-fields/size").json()["retired_at"] is not None
    ada = person(name("ada"))
    assert ada.patch(f"/members/{made['id']}", {"custom": {"size": "l"}}, If_Match="*").status_code == 422
    assert ada.get(f"/members/{made['id']}/profile").json()["custom"] == {"size": "m"}
    assert ada.patch(f"/members/{made['id']}", {"custom": {"size": None}}, If_Match="*").status_code == 200
    assert ada.get(f"/members/{made['id']}/profile").json()["custom"] == {}
    assert ada.patch(f"/members/{made['id']}", {"custom": {"size": None}}, If_Match="*").status_code == 422
    assert put(key, "size", "text")["retired_at"] is None
    kept = key.ask("PUT", "/member-fields/size", {"label": "Size", "kind": "number"})
    assert problem(kept) == (409, "field-kind-is-fixed")


def test_a_community_has_fifty_fields(key: Someone, person: Person, name: Any) -> None:
    for number in range(45):
        put(key, f"f{number:02}", "flag")
    path = "/member-fields/g{}"
    one = {"label": "One", "kind": "flag"}
    answers = at_once([partial(key.ask, "PUT", path.format(i), one) for i in range(10)])
    assert codes(answers) == [200] * 5 + [409] * 5
    assert len(key.get("/member-fields?limit=100").json()["items"]) == 50
    assert person(name("eve")).ask("PUT", "/member-fields/x", one).status_code == 403
    for wrong in ({"kind": "choice"}, {"kind": "text", "options": ["a"]}, {"kind": "colour"}):
        assert key.ask("PUT", "/member-fields/f00", one | wrong).status_code == 422
    assert key.ask("PUT", "/member-fields/Bad-Key", one).status_code == 422


def test_what_is_told_to_be_helped_is_for_oneself_and_the_team(
    key: Someone, joined: Person, person: Person, name: Any, facts: Any
) -> None:
    ada, eve, _ = joined("ada"), joined("eve"), joined("ed", "editor", by=key)
    editor = person(name("ed"))
    told = {"pain_points": ["needle-1"], "motivations": ["needle-2"], "goals": ["learn"], "location": "Jura"}
    changed = ada.patch(f"/members/{ada.member_id}", told, If_Match="*")
    assert (changed.json()["goals"], changed.json()["location"]) == (["learn"], "Jura")
    profile = f"/members/{ada.member_id}/profile"
    assert ada.get(profile).json()["pain_points"] == editor.get(profile).json()["pain_points"] == ["needle-1"]
    assert eve.get(profile).status_code == person(name("nobody")).get(profile).status_code == 403
    for seen in (eve.get(f"/members/{ada.member_id}").text, eve.get("/members").text, str(facts())):
        assert "needle" not in seen


def test_who_is_a_bot_is_for_admins_to_say(key: Someone, joined: Person, person: Person, name: Any) -> None:
    ada = joined("ada")
    path = f"/members/{ada.member_id}"
    assert ada.patch(path, {"is_bot": True}, If_Match="*").status_code == 403
    assert key.patch(path, {"is_bot": True}, If_Match="*").json()["is_bot"] is True
    assert person(name("bot")).post("/members", ADA | {"handle": "bot", "is_bot": True}).status_code == 403


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("text", ["x"], ["", 1, "x" * 501]),
        ("number", [0, -1.5, 10**15], [True, "1", 10**16, -(10**400), float("inf"), float("nan")]),
        ("date", ["2024-02-29"], ["2023-02-29", "20240101", 20240101]),
        ("choice", ["a"], ["c", ["a"]]),
        ("choices", [["a"], ["b", "a"]], [[], ["a", "a"], ["c"], "a"]),
        ("flag", [True, False], [1, "true"]),
        (
            "url",
            ["https://a.example/x"],
            ["ftp://a.example", "https://u:p@a", "javascript:x", "http://", "a b"],
        ),
    ],
)
def test_a_field_takes_what_fits_its_kind(kind: str, good: list[Any], bad: list[Any]) -> None:
    options = ["a", "b"]
    assert [complaint(FieldKind(kind), options, value) for value in good] == [None] * len(good)
    assert all(complaint(FieldKind(kind), options, value) for value in bad)


@given(
    kind=st.sampled_from(FieldKind),
    value=st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()),
)
def test_any_value_is_taken_or_complained_about(kind: FieldKind, value: Any) -> None:
    complaint(kind, ["a"], value)
