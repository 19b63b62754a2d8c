"""Resources: what lies elsewhere, who may know of it, who may change it, and how it is retired."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.knowledge.resources import rules
from services.knowledge.resources.add import LinkNotAllowed, require_callable
from services.knowledge.resources.rules import Finding
from shared.contracts.announced import EntitlementGranted
from shared.facts import ActorRef
from shared.identity import Actor
from shared.testing import Cluster, eventually
from tests.erasing import ask_erasure
from tests.knowledge.conftest import Facts, Person
from tests.membership.conftest import Someone, at_once, codes
from tests.membership.telling import tell

Made = Callable[..., dict[str, Any]]


def a_resource(**changes: Any) -> dict[str, Any]:
    """What adds a resource; nothing is called, as the address is not public."""
    given: dict[str, Any] = {"title": "Our handbook", "url": "http://10.0.0.1/handbook", "kind": "confluence"}
    return given | changes


def found(who: Someone, query: str = "") -> list[str]:
    return [each["title"] for each in who.get(f"/resources{query}").json()["items"]]


def test_a_member_adds_changes_and_retires_what_they_know_of(
    person: Person, editor: Someone, facts: Facts
) -> None:
    ada, ben = person(), person()
    said = {"summary": "How we work", "tags": ["Guide", "guide"], "checksum": "a" * 64, "language": "de"}
    made = ada.made("/resources", a_resource(**said))
    assert {name: made[name] for name in said} == said | {"tags": ["guide"]}
    assert (made["state"], made["added_by"], made["version"]) == ("active", str(ada.member_id), 1)
    path = f"/resources/{made['id']}"
    assert ben.get(path).json()["url"] == made["url"]
    for verb in ("", "/retire"):
        ask = ben.patch if not verb else ben.post
        assert (
            ask(f"{path}{verb}", {"title": "Mine"} if not verb else None, If_Match='"1"').status_code == 403
        )
    assert ada.patch(path, {"title": "X"}).status_code == 428
    changed = ada.patch(path, {"title": "The handbook", "summary": None}, If_Match='"1"')
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (changed.json()["title"], changed.json()["summary"], changed.json()["tags"]) == (
        "The handbook",
        None,
        ["guide"],
    )
    assert editor.patch(path, {"kind": "file"}, If_Match='"1"').status_code == 412
    assert editor.patch(path, {"kind": "file"}, If_Match='"2"').json()["kind"] == "file"
    retired = ada.post(f"{path}/retire")
    assert (retired.json()["state"], retired.json()["look_at"]) == ("retired", None)
    again = ada.post(f"{path}/retire")
    assert (again.status_code, again.json()["allowed"]) == (409, [])
    assert editor.post(f"{path}/check").status_code == 409
    told = [each["fact"] for each in facts()]
    assert told == ["resource_added", "resource_changed", "resource_changed", "resource_retired"]
    assert facts("resource_added")[0]["added_by"] == str(ada.member_id)


def test_resources_are_found_by_what_they_are(person: Person) -> None:
    ada = person()
    before = ada.made("/resources", a_resource(title="A", kind="video", tags=["talk"]))
    ada.made("/resources", a_resource(title="B", kind="paper", tags=["talking", "käse"]))
    gone = ada.made("/resources", a_resource(title="C"))
    ada.made(f"/resources/{gone['id']}/retire")
    assert found(ada) == ["A", "B"]
    assert (found(ada, "?kind=paper"), found(ada, "?tag=talk")) == (["B"], ["A"])
    assert (found(ada, "?tag=K%C3%A4se"), found(ada, "?tag=%25")) == (["B"], [])
    assert (found(ada, "?state=retired"), found(ada, "?state=broken")) == (["C"], [])
    since = before["updated_at"].replace("+00:00", "Z")
    assert found(ada, f"?updated_since={since}") == ["A", "B", "C"]
    first = ada.get("/resources?limit=1").json()
    second = ada.get(f"/resources?limit=1&cursor={first['next_cursor']}").json()
    assert [each["title"] for each in first["items"] + second["items"]] == ["A", "B"]


def test_who_may_not_know_of_it_misses_it(
    stack: Cluster, person: Person, editor: Someone, key: Someone
) -> None:
    ada, ben, guest = person(), person(), person(guest=True)
    ada.made("/resources", a_resource(title="public", visibility="public"))
    ada.made("/resources", a_resource(title="members"))
    team = ada.made("/resources", a_resource(title="team", visibility="team"))
    paid = ada.made("/resources", a_resource(title="paid"))
    limit = {"requires": "early_access"}
    path = f"/resources/{paid['id']}"
    assert ada.post("/resources", a_resource(**limit)).status_code == 403
    assert ada.patch(path, limit, If_Match='"1"').status_code == 403
    assert editor.patch(path, limit, If_Match='"1"').status_code == 200
    assert ada.patch(path, {"requires": None}, If_Match='"2"').status_code == 403
    everything = ["public", "members", "team", "paid"]
    assert [found(who) for who in (ada, editor, key)] == [everything] * 3
    assert (found(ben), found(guest)) == (["public", "members"], ["public"])
    for missing in (team, paid):
        path = f"/resources/{missing['id']}"
        assert [who.get(path).status_code for who in (ada, editor, ben)] == [200, 200, 404]
        refused = (ben.patch(path, {"title": "X"}, If_Match='"9"'), ben.post(f"{path}/retire"))
        assert codes(refused) == [404, 404]
    assert guest.post("/resources", a_resource()).status_code == 403
    assert ben.post(f"/resources/{paid['id']}/check").status_code == 403, "editors look again"
    granted = EntitlementGranted(
        community_id=ben.community,
        actor=ActorRef(kind="service", id="engagement"),
        aggregate_version=1,
        entitlement_id=uuid4(),
        member_id=ben.member_id or uuid4(),
        kind="early_access",
        until=None,
    )
    tell(stack, granted)
    eventually(lambda: found(ben) == ["public", "members", "paid"], within=10)


def test_another_community_knows_nothing_of_it(person: Person) -> None:
    made = person().made("/resources", a_resource())
    stranger = person("editor", within=uuid4())
    path = f"/resources/{made['id']}"
    asked = [stranger.get(path), stranger.patch(path, {"title": "X"}, If_Match='"1"')]
    asked += [stranger.post(f"{path}/{verb}") for verb in ("retire", "check")]
    assert codes(asked) == [404] * 4
    assert found(stranger) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://example.org/a"},
        {"url": "javascript:alert(1)"},
        {"url": "data:text/html,x"},
        {"url": "https://ada:secret@example.org/"},
        {"url": "https:///nowhere"},
        {"url": "https://xn--zzzzzz--/"},
        {"url": "https://example.org/a b"},
        {"url": 'https://example.org/"><script>'},
        {"url": "https://example.org:99999999/"},
        {"url": "https://example.org/" + "x" * 2000},
        {"title": "  "},
        {"title": "x" * 201},
        {"kind": "book"},
        {"summary": ""},
        {"tags": ["x"] * 21},
        {"checksum": "A" * 64},
        {"visibility": "nobody"},
        {"state": "retired"},
    ],
)
@pytest.mark.either_database
def test_what_is_no_resource_is_refused(wrong: dict[str, Any], key: Someone) -> None:
    assert key.post("/resources", a_resource(**wrong)).status_code == 422


@pytest.mark.either_database
def test_in_production_a_link_is_https() -> None:
    require_callable("https://example.org/a", production=True)
    require_callable("http://example.org/a", production=False)
    for url in ("http://example.org/a", "https://u@example.org/", "https://"):
        with pytest.raises(LinkNotAllowed):
            require_callable(url, production=True)


def test_of_changes_at_once_one_wins(person: Person) -> None:
    ada = person()
    path = f"/resources/{ada.made('/resources', a_resource())['id']}"
    answers = at_once([lambda: ada.patch(path, {"title": "X"}, If_Match='"1"') for _ in range(8)])
    assert codes(answers) == [200] + [412] * 7


def test_who_was_erased_adds_nothing(stack: Cluster, person: Person) -> None:
    ada = person()
    assert ada.member_id is not None
    ask_erasure(stack, ada.community, members=(ada.member_id,))
    eventually(lambda: ada.post("/resources", a_resource()).status_code == 403, within=10)


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("findings", "broken"),
    [
        ("not_found", False),
        ("not_found not_found", True),
        ("gone not_found", True),
        ("timeout not_found", False),
        ("not_found timeout", False),
        ("timeout timeout timeout", True),
        ("server_error tls refused", True),
    ],
)
def test_when_a_link_counts_as_broken(findings: str, broken: bool) -> None:
    before: Finding | None = None
    said = False
    for failures, word in enumerate(findings.split(), start=1):
        said = rules.breaks(failures, Finding(word), before)
        before = Finding(word)
    assert said is broken


@pytest.mark.either_database
@given(st.integers(0, 50), st.booleans(), st.uuids())
def test_what_works_or_is_broken_waits_a_week_and_a_doubt_hours(
    failures: int, broken: bool, id_: UUID
) -> None:
    waits = rules.pause(failures, broken, id_)
    if failures in (1, 2) and not broken:
        assert waits == rules.RETRIES[failures - 1]
    else:
        assert rules.EVERY <= waits < rules.EVERY * 8 / 7


@pytest.mark.either_database
@given(st.integers(100, 999))
def test_every_answer_says_something(status: int) -> None:
    found = rules.found_by(status)
    assert (found in rules.MISSING) == (status in (404, 410, 451))
    assert (found is Finding.SERVER_ERROR) == (status >= 500)


def test_who_left_sees_their_own_as_strangers_do(stack: Cluster, person: Person) -> None:
    ada = person()
    path = f"/resources/{ada.made('/resources', a_resource())['id']}"
    assert ada.get(path).status_code == 200
    left = Actor("member", str(ada.member_id), member_id=ada.member_id, community_id=ada.community)
    with stack.direct("knowledge", left) as client:
        gone = Someone(client, ada.community, ada.member_id)
        assert (gone.get(path).status_code, found(gone)) == (404, [])
