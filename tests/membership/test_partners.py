"""Partners and propositions: who with, what for, until when, and what was answered."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.membership.partners import rules
from services.membership.partners.rules import PartnerState, PartnerVerb, PropositionState, PropositionVerb
from shared.clock import now
from shared.testing import Cluster, eventually
from tests.membership.conftest import Someone, at_once, codes

Facts = Callable[..., list[dict[str, Any]]]
Person = Callable[..., Someone]
CONTACTS = [{"name": "Nadel Öhr", "contact": "needle@partner.example", "position": "Head of Haystacks"}]


def identify(key: Someone, **given: Any) -> str:
    return str(key.made("/partners", {"name": "Haystack Ltd"} | given)["id"])


def offer_of(**given: Any) -> dict[str, Any]:
    until = (now() + timedelta(days=30)).isoformat()
    return {"gives": ["A stage"], "asks": ["A room"], "valid_until": until} | given


def run(key: Someone, partner: str, *verbs: str) -> list[int]:
    return [key.post(f"/partners/{partner}/{verb}").status_code for verb in verbs]


def told(facts: Facts, partner: str, start: str) -> list[str]:
    return [f["fact"] for f in facts() if f.get("partner_id") == partner and f["fact"].startswith(start)]


def test_a_partners_contacts_are_kept_sealed(
    key: Someone, stack: Cluster, facts: Facts, community: UUID, joined: Person
) -> None:
    made = key.post("/partners", {"name": "Haystack Ltd", "expertise": ["hay"], "contacts": CONTACTS})
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    partner = made.json()
    assert (partner["state"], partner["contacts"]) == ("identified", CONTACTS)
    assert key.get(f"/partners/{partner['id']}").json() == partner
    assert key.get("/partners?state=identified").json()["items"] == [partner]
    assert key.get("/partners?state=active").json()["items"] == []
    kept = repr(stack.rows("membership", f"SELECT * FROM partner WHERE community_id = '{community}'"))
    assert [each for each in CONTACTS[0].values() if each in kept or each in repr(facts())] == []
    editor = joined("edi", "editor", by=key)
    assert editor.get(f"/partners/{partner['id']}").json()["contacts"] is None
    assert editor.get("/partners").json()["items"][0]["contacts"] is None
    assert editor.post("/partners", {"name": "Mine"}).status_code == 403
    assert joined("mem").get("/partners").status_code == 403


def test_a_partner_is_changed_by_version(key: Someone) -> None:
    partner = f"/partners/{identify(key, channel='#hay')}"
    assert key.patch(partner, {"name": "Hay"}).status_code == 428
    changed = key.patch(
        partner, {"name": "Hay", "contacts": CONTACTS, "channel": None}, If_Match='"1"'
    ).json()
    assert (changed["name"], changed["contacts"], changed["channel"]) == ("Hay", CONTACTS, None)
    assert key.patch(partner, {"name": "Straw"}, If_Match='"1"').status_code == 412
    assert key.patch(partner, {"contacts": []}, If_Match='"2"').json()["contacts"] == []
    for wrong in ({"name": ""}, {"contacts": CONTACTS * 21}, {"state": "active"}, {"interests": ["x"] * 31}):
        assert key.patch(partner, wrong, If_Match="*").status_code == 422


def test_a_partnership_runs_through_its_states(key: Someone, facts: Facts, audited: Any) -> None:
    partner = identify(key)
    path = ("approach", "open-dialogue", "activate", "rest", "activate", "end")
    assert run(key, partner, *path) == [200] * 6
    assert told(facts, partner, "partner_") == [
        f"partner_{each}"
        for each in ("identified", "changed", "changed", "activated", "changed", "activated", "ended")
    ]
    assert audited()[-6:] == [f"partner.{verb}" for verb in path]
    refused = key.post(f"/partners/{partner}/approach")
    assert (refused.status_code, refused.json()["state"], refused.json()["allowed"]) == (409, "ended", [])
    versions = [f["aggregate_version"] for f in facts() if f.get("partner_id") == partner]
    assert versions == list(range(1, 8))


def test_an_organisation_may_decline(key: Someone) -> None:
    partner = identify(key)
    assert run(key, partner, "decline", "approach", "decline", "activate") == [409, 200, 200, 409]


def test_a_proposition_goes_from_version_to_version(key: Someone, facts: Facts) -> None:
    partner = identify(key)
    path = f"/partners/{partner}/propositions"
    first = key.post(path, offer_of())
    assert (first.status_code, first.json()["number"], first.json()["state"]) == (201, 1, "draft")
    taken = key.post(path, offer_of())
    assert (taken.status_code, taken.json()["type"], taken.json()["number"]) == (
        409,
        "/problems/proposition-open",
        1,
    )
    assert key.made(f"{path}/1/offer")["state"] == "offered"
    following = key.post(f"{path}/1/counter", {"asks": ["Two rooms"]})
    assert following.status_code == 201
    second = following.json()
    assert (second["number"], second["state"], second["gives"]) == (2, "draft", ["A stage"])
    assert second["asks"] == ["Two rooms"]
    assert key.get(f"{path}/1").json()["state"] == "countered"
    key.made(f"{path}/2/offer")
    accepted = key.made(f"{path}/2/accept")
    assert (accepted["state"], accepted["closed_at"] is not None) == ("accepted", True)
    third = key.made(path, offer_of())
    assert key.made(f"{path}/{third['number']}/withdraw")["state"] == "withdrawn"
    listed = key.get(f"{path}?limit=2").json()
    assert [each["state"] for each in listed["items"]] == ["countered", "accepted"]
    rest = key.get(f"{path}?cursor={listed['next_cursor']}").json()
    assert [each["number"] for each in rest["items"]] == [3]
    assert told(facts, partner, "proposition_") == [
        f"proposition_{each}"
        for each in (
            *("drafted", "offered", "countered", "drafted", "offered", "accepted"),
            *("drafted", "withdrawn"),
        )
    ]


def test_of_two_answers_at_once_one_counts(key: Someone, facts: Facts) -> None:
    partner = identify(key)
    path = f"/partners/{partner}/propositions"
    key.made(path, offer_of())
    key.made(f"{path}/1/offer")
    verbs = ["accept", "decline", "counter", "withdraw"] * 2
    answers = at_once([lambda verb=verb: key.post(f"{path}/1/{verb}") for verb in verbs])  # type: ignore[misc]
    assert sum(answer.is_success for answer in answers) == 1
    drafted = at_once([lambda: key.post(path, offer_of())] * 4)
    assert codes(drafted)[1:] == [409] * 3
    numbers = [f["number"] for f in facts("proposition_drafted")]
    assert numbers == [1, 2]


def test_what_nobody_answered_in_time_expires_once(key: Someone, facts: Facts) -> None:
    partner = identify(key)
    path = f"/partners/{partner}/propositions"
    key.made(path, offer_of(valid_until=(now() + timedelta(seconds=1)).isoformat()))
    key.made(f"{path}/1/offer")
    eventually(lambda: key.get(f"{path}/1").json()["state"] == "expired", within=5)
    late = key.post(f"{path}/1/accept")
    assert (late.status_code, late.json()["state"], late.json()["allowed"]) == (409, "expired", [])
    assert key.made(path, offer_of())["number"] == 2
    eventually(lambda: len(facts("proposition_expired")) == 1, within=15)
    assert key.get(f"{path}/1").json()["closed_at"] is not None


def test_a_time_that_has_passed_cannot_be_proposed(key: Someone) -> None:
    path = f"/partners/{identify(key)}/propositions"
    passed = key.post(path, offer_of(valid_until=(now() - timedelta(seconds=1)).isoformat()))
    assert (passed.status_code, passed.json()["type"]) == (422, "/problems/valid-until-passed")
    wrong: dict[str, Any]
    for wrong in ({"gives": []}, {"asks": ["x"] * 21}, {"valid_until": "tomorrow"}, {"gives": [" "]}):
        assert key.post(path, offer_of(**wrong)).status_code == 422
    for number in ("0", "1", "99999999999", "x"):
        assert key.post(f"{path}/{number}/offer").status_code in (404, 422), number


def test_nothing_is_proposed_to_who_declined(key: Someone) -> None:
    partner = identify(key)
    key.made(f"/partners/{partner}/propositions", offer_of())
    assert run(key, partner, "approach", "decline") == [200, 200]
    refused = key.post(f"/partners/{partner}/propositions/1/offer")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/partner-closed")
    assert key.post(f"/partners/{partner}/propositions", offer_of()).status_code == 409
    assert key.post(f"/partners/{partner}/propositions/1/withdraw").status_code == 200


def test_a_partner_nobody_knows_is_missing(key: Someone) -> None:
    for path in ("", "/propositions", "/propositions/1"):
        assert key.get(f"/partners/{uuid4()}{path}").status_code == 404
    assert key.post(f"/partners/{uuid4()}/propositions", offer_of()).status_code == 404


PARTNERSHIP = {
    PartnerState.IDENTIFIED: {PartnerVerb.APPROACH: PartnerState.APPROACHED},
    PartnerState.APPROACHED: {
        PartnerVerb.OPEN_DIALOGUE: PartnerState.IN_DIALOGUE,
        PartnerVerb.DECLINE: PartnerState.DECLINED,
    },
    PartnerState.IN_DIALOGUE: {
        PartnerVerb.ACTIVATE: PartnerState.ACTIVE,
        PartnerVerb.DECLINE: PartnerState.DECLINED,
    },
    PartnerState.ACTIVE: {PartnerVerb.REST: PartnerState.DORMANT, PartnerVerb.END: PartnerState.ENDED},
    PartnerState.DORMANT: {PartnerVerb.ACTIVATE: PartnerState.ACTIVE},
    PartnerState.ENDED: {},
    PartnerState.DECLINED: {},
}


@pytest.mark.parametrize("state", list(PartnerState))
def test_the_states_of_a_partnership(state: PartnerState) -> None:
    assert {verb: rules.partner_after(verb) for verb in rules.partner_verbs(state)} == PARTNERSHIP[state]


@given(verbs=st.lists(st.sampled_from(list(PropositionVerb)), max_size=10), left=st.integers(-1, 3))
def test_a_proposition_ends_once_and_not_after_its_time(verbs: list[PropositionVerb], left: int) -> None:
    """Time goes on with every verb: from the end of its time on nothing offered can be answered."""
    state, start, ends = PropositionState.DRAFT, now(), 0
    until = start + timedelta(hours=left)
    for hour, verb in enumerate(verbs):
        at = start + timedelta(hours=hour)
        standing = rules.standing(state, until, at)
        if verb not in rules.proposition_verbs(standing):
            continue
        if state is PropositionState.OFFERED:
            assert at < until
        state = rules.proposition_after(verb)
        ends += state not in rules.OPEN
    assert ends <= 1
