"""Prospects: one per contact, sealed, spoken to with consent, invited, and forgotten in time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.membership.prospects import rules
from services.membership.prospects.rules import ProspectState, ProspectVerb
from shared.clock import now
from shared.testing import Cluster, eventually
from tests.membership.conftest import Someone, at_once, codes

Facts = Callable[..., list[dict[str, Any]]]
Person = Callable[..., Someone]
EMAIL = {"purpose": "email", "policy_version": "2026-01"}
WANTS = {"policy_version": "2026-01"}


def given_prospect(**given: Any) -> dict[str, Any]:
    return {"contact": f"{uuid4().hex}@example.org", "source_channel": "survey"} | given


def capture(key: Someone, **given: Any) -> str:
    return str(key.made("/prospects", given_prospect(**given))["id"])


def told(facts: Facts, prospect_id: str) -> list[str]:
    return [fact["fact"] for fact in facts() if fact.get("prospect_id") == prospect_id]


def test_what_is_known_of_a_prospect_is_kept_sealed(
    key: Someone, stack: Cluster, facts: Facts, community: UUID
) -> None:
    needles = {"contact": "needle@example.org", "name": "Nadel Öhr", "notes": "Met at the needle fair."}
    made = key.post("/prospects", given_prospect(**needles, interests=["sewing"]))
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    prospect = made.json()
    assert {field: prospect[field] for field in needles} == needles
    assert key.get(f"/prospects/{prospect['id']}").json() == prospect
    assert key.get("/prospects?state=captured").json()["items"] == [prospect]
    assert key.get("/prospects?state=joined").json()["items"] == []
    kept = repr(stack.rows("membership", f"SELECT * FROM prospect WHERE community_id = '{community}'"))
    for place in (kept, repr(facts())):
        assert [needle for needle in needles.values() if needle in place] == []
    assert told(facts, prospect["id"]) == ["prospect_captured"]


def test_a_contact_is_one_prospect_however_it_is_written(key: Someone) -> None:
    first = capture(key, contact="Ada@Example.org")
    again = key.post("/prospects", given_prospect(contact="ada@example.ORG"))
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-prospect")
    assert again.json()["prospect_id"] == first
    other = capture(key)
    taken = key.patch(f"/prospects/{other}", {"contact": "ADA@example.org"}, If_Match="*")
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/already-prospect")


def test_of_several_who_capture_the_same_at_once_one_does(key: Someone, facts: Facts) -> None:
    given = given_prospect()
    assert codes(at_once([lambda: key.post("/prospects", given)] * 8)) == [201, *[409] * 7]
    assert len(facts("prospect_captured")) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"contact": ""},
        {"contact": "a" * 321},
        {"contact": " ada@example.org"},
        {"source_channel": "No Spaces"},
        {"interests": ["x"] * 31},
        {"notes": "n" * 4001},
        {"consent": {"purpose": "anything", "policy_version": "1"}},
        {"state": "joined"},
        {"member_id": str(uuid4())},
    ],
)
def test_what_is_not_documented_is_refused(key: Someone, wrong: dict[str, Any]) -> None:
    assert key.post("/prospects", given_prospect(**wrong)).status_code == 422


def test_nobody_is_contacted_without_consent(key: Someone, facts: Facts) -> None:
    id_ = capture(key, consent={"purpose": "research", "policy_version": "2026-01"})
    refused = key.post(f"/prospects/{id_}/contact")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/consent-missing")
    assert key.get(f"/prospects/{id_}").json()["state"] == "captured"
    changed = key.patch(f"/prospects/{id_}", {"consent": EMAIL}, If_Match='"1"')
    assert changed.status_code == 200, changed.text
    spoken_to = key.made(f"/prospects/{id_}/contact")
    assert (spoken_to["state"], spoken_to["version"]) == ("contacted", 3)
    assert len(facts("consent_given")) == 2


def test_a_prospect_becomes_a_member(
    key: Someone, person: Person, name: Any, facts: Facts, audited: Any
) -> None:
    id_ = capture(key, consent=EMAIL)
    for verb, body, state in [
        ("contact", None, "contacted"),
        ("mark-interested", WANTS, "interested"),
        ("invite", None, "invited"),
    ]:
        done = key.made(f"/prospects/{id_}/{verb}", body)
        assert done["state"] == state
    ada = person(name("ada"))
    called = {"handle": "ada", "display_name": "Ada"}
    member = ada.client.post(f"/v1/invitations/{done['token']}/accept", json=called).json()
    found = key.get(f"/prospects/{id_}").json()
    assert (found["state"], found["member_id"], found["forgotten_at"]) == ("joined", member["id"], None)
    assert told(facts, id_) == [
        f"prospect_{verb}" for verb in ("captured", "contacted", "interested", "invited", "joined")
    ]
    versions = [fact["aggregate_version"] for fact in facts() if fact.get("prospect_id") == id_]
    assert versions == [1, 2, 3, 4, 5]
    assert found["version"] == 5
    refused = key.post(f"/prospects/{id_}/withdraw")
    assert (refused.status_code, refused.json()["allowed"]) == (409, [])
    assert "prospect.invite" in audited()


def test_inviting_again_makes_the_first_invitation_worthless(key: Someone, person: Person, name: Any) -> None:
    id_ = capture(key)
    key.made(f"/prospects/{id_}/mark-interested", WANTS)
    first, second = (key.made(f"/prospects/{id_}/invite")["token"] for _ in range(2))
    called = {"handle": "ada", "display_name": "Ada"}
    ada = person(name("ada")).client
    assert ada.post(f"/v1/invitations/{first}/accept", json=called).status_code == 409
    assert ada.post(f"/v1/invitations/{second}/accept", json=called).status_code == 200


def test_who_withdraws_is_left_alone(key: Someone, person: Person, name: Any, facts: Facts) -> None:
    contact = "leave-me@example.org"
    id_ = capture(key, contact=contact, name="Ada", notes="Shy.", interests=["quiet"], consent=EMAIL)
    key.made(f"/prospects/{id_}/mark-interested", WANTS)
    token = key.made(f"/prospects/{id_}/invite")["token"]
    gone = key.made(f"/prospects/{id_}/withdraw")
    assert gone["state"] == "withdrawn"
    assert [gone[field] for field in ("contact", "name", "notes", "interests")] == [None, None, None, []]
    assert len(facts("consent_withdrawn")) == 1
    called = {"handle": "ada", "display_name": "Ada"}
    assert person(name("ada")).client.post(f"/v1/invitations/{token}/accept", json=called).status_code == 409
    for verb, body in [("contact", None), ("mark-interested", WANTS), ("invite", None), ("withdraw", None)]:
        refused = key.post(f"/prospects/{id_}/{verb}", body)
        assert (refused.json()["state"], refused.json()["allowed"]) == ("withdrawn", []), verb
    assert (
        key.post("/prospects", given_prospect(contact=contact)).json()["type"]
        == "/problems/prospect-withdrew"
    )
    assert key.patch(f"/prospects/{id_}", {"notes": "Still."}, If_Match="*").status_code == 409


def test_an_import_can_be_repeated(key: Someone, facts: Facts) -> None:
    gone, known = capture(key, contact="gone@example.org"), capture(key, contact="known@example.org")
    key.made(f"/prospects/{gone}/withdraw")
    items = [
        given_prospect(contact=contact)
        for contact in ("new@example.org", "NEW@example.org", "known@example.org", "gone@example.org")
    ]
    items[0]["consent"] = EMAIL
    found = key.made("/prospects/import", {"items": items})["items"]
    assert [(each["outcome"], each["reason"]) for each in found] == [
        ("created", None),
        ("unchanged", None),
        ("unchanged", None),
        ("refused", "withdrawn"),
    ]
    assert found[0]["prospect_id"] == found[1]["prospect_id"]
    assert (found[2]["prospect_id"], found[3]["prospect_id"]) == (known, None)
    again = key.made("/prospects/import", {"items": items})["items"]
    assert [each["outcome"] for each in again] == ["unchanged", "unchanged", "unchanged", "refused"]
    assert len(facts("prospect_captured")) == 3
    assert key.made(f"/prospects/{found[0]['prospect_id']}/contact")["state"] == "contacted"


def test_an_import_takes_500_and_no_more(key: Someone) -> None:
    items = [given_prospect() for _ in range(500)]
    found = key.made("/prospects/import", {"items": items})["items"]
    assert {each["outcome"] for each in found} == {"created"}
    assert key.post("/prospects/import", {"items": [*items, given_prospect()]}).status_code == 422


def test_pages_show_every_prospect_once(key: Someone) -> None:
    made = [capture(key) for _ in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = key.get(f"/prospects?limit=2{cursor}").json()
        seen += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == made


def test_prospects_are_for_those_who_run_the_community(key: Someone, joined: Person) -> None:
    id_ = capture(key)
    editor, admin = joined("edi", "editor", by=key), joined("adm", "admin", by=key)
    for path in ("/prospects", f"/prospects/{id_}"):
        assert (editor.get(path).status_code, admin.get(path).status_code) == (403, 200)


def test_a_change_needs_the_version_it_is_based_on(key: Someone) -> None:
    id_ = capture(key)
    assert key.patch(f"/prospects/{id_}", {"name": "Ada"}).status_code == 428
    changed = key.patch(f"/prospects/{id_}", {"name": "Ada"}, If_Match='"1"')
    assert (changed.status_code, changed.json()["name"]) == (200, "Ada")
    assert key.patch(f"/prospects/{id_}", {"name": "Eve"}, If_Match='"1"').status_code == 412
    assert key.patch(f"/prospects/{id_}", {"name": None}, If_Match='"2"').json()["name"] is None


def test_who_was_not_spoken_to_for_18_months_is_forgotten(cluster: Callable[..., Cluster]) -> None:
    running = cluster(("membership",))
    with running.direct("membership") as client:
        given = {"slug": "forgetting", "name": "Forgetting", "kind": "coi"}
        place = Someone(client, UUID(client.post("/v1/communities", json=given).json()["id"]))
        id_, kept = capture(place, contact="old@example.org", consent=EMAIL), capture(place)
        place.made(f"/prospects/{id_}/mark-interested", WANTS)
        late = (now() - timedelta(days=1)).isoformat(timespec="microseconds").replace("+00:00", "Z")
        running.execute("membership", f"UPDATE prospect SET forgotten_at = '{late}' WHERE id = '{id_}'")
        killed = running.kill("membership")
        running.restarted("membership", killed)
        eventually(lambda: place.get(f"/prospects/{id_}").json()["state"] == "expired", within=15)
        gone = place.get(f"/prospects/{id_}").json()
        assert (gone["contact"], gone["forgotten_at"]) == (None, None)
        assert place.get("/demand").json()["interested"] == 0
        assert place.get(f"/prospects/{kept}").json()["state"] == "captured"
        assert place.post("/prospects", given_prospect(contact="old@example.org")).status_code == 201
        told_of = running.rows("membership", "SELECT count(*) FROM outbox WHERE subject LIKE '%expired%'")
        assert told_of[0][0] == 1


STATES = st.sampled_from(list(ProspectState))
VERBS = st.sampled_from(list(ProspectVerb))


@given(verbs=st.lists(VERBS, max_size=20))
def test_every_life_of_a_prospect_ends_once(verbs: list[ProspectVerb]) -> None:
    """Only invited people join, nobody comes back from an end, and contact alone changes nothing later."""
    state = ProspectState.CAPTURED
    for verb in verbs:
        if not rules.may(verb, state):
            continue
        before, state = state, rules.prospect_after(verb, state)
        assert before in rules.LIVING
        if state is ProspectState.JOINED:
            assert before is ProspectState.INVITED
        order = [
            ProspectState.CAPTURED,
            ProspectState.CONTACTED,
            ProspectState.INTERESTED,
            ProspectState.INVITED,
        ]
        if state in order:
            assert order.index(state) >= order.index(before)


@given(state=STATES)
def test_what_is_offered_is_what_is_possible(state: ProspectState) -> None:
    offered = rules.prospect_verbs(state)
    assert offered == [verb for verb in rules.OFFERED if rules.may(verb, state)]
    assert bool(offered) is (state in rules.LIVING)


def test_18_months_are_18_months() -> None:
    assert timedelta(days=546) < rules.forgotten_at(now()) - now() < timedelta(days=550)
