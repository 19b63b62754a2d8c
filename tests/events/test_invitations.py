"""Speakers are invited, answer in time or not at all, and speak once the event has begun."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from services.events.speakers.rules import (
    ON_STAGE,
    STANDING,
    InvitationState,
    InvitationVerb,
    after,
    standing,
    verbs,
)
from shared.testing import Cluster, eventually
from tests.events.conftest import Facts, Person, an_event
from tests.membership.conftest import Someone, at_once, codes
from tests.membership.test_invitations import problem

Published = Callable[..., dict[str, Any]]
Invite = Callable[..., dict[str, Any]]


def later(**more: float) -> str:
    return (datetime.now(UTC) + timedelta(**(more or {"days": 3}))).isoformat()


class Stage:
    """An event, a member who may speak there, and where their invitations are."""

    def __init__(self, organiser: Someone, event: dict[str, Any], speaker: Someone) -> None:
        self.organiser, self.event, self.speaker = organiser, event, speaker
        given = {"kind": "member", "member_id": str(speaker.member_id), "name": "Ada"}
        self.speaker_id = organiser.made("/speakers", given)["id"]
        self.path = f"/events/{event['id']}/speaker-invitations"

    def command(self, **given: Any) -> dict[str, Any]:
        return {"speaker_id": self.speaker_id, "message": "Come!", "deadline": later()} | given

    def invite(self, **given: Any) -> str:
        """The path of a new invitation."""
        return f"{self.path}/{self.organiser.made(self.path, self.command(**given))['id']}"


@pytest.fixture
def stage(organiser: Someone, person: Person, published: Published) -> Stage:
    return Stage(organiser, published(), person())


def told(facts: Facts) -> list[str]:
    return [fact["fact"] for fact in facts() if "invitation_id" in fact]


def test_from_the_draft_to_the_stage(stage: Stage, facts: Facts) -> None:
    path = stage.invite(draft=True)
    assert stage.speaker.get(path).status_code == 404, "a draft is nobody's but the organisers'"
    assert stage.organiser.made(f"{path}/send")["state"] == "sent"
    seen = stage.speaker.get(path).json()
    assert (seen["message"], seen["state"], seen["answered_at"]) == ("Come!", "sent", None)
    accepted = stage.speaker.made(f"{path}/accept")
    assert (accepted["state"], accepted["answered_at"] is not None) == ("accepted", True)
    assert stage.organiser.made(f"{path}/confirm")["state"] == "confirmed"
    early = stage.organiser.post(f"{path}/deliver")
    assert problem(early) == (409, "not-begun-yet")
    stage.organiser.made(f"/events/{stage.event['id']}/start")
    assert stage.organiser.made(f"{path}/deliver")["state"] == "delivered"
    assert told(facts) == [
        "speaker_drafted",
        "speaker_invited",
        "speaker_accepted",
        "speaker_confirmed",
        "speaker_delivered",
    ]
    members = {fact["member_id"] for fact in facts() if "invitation_id" in fact}
    assert members == {str(stage.speaker.member_id)}
    assert not any("message" in fact for fact in facts())


def test_an_invitation_is_sent_at_once_and_stands_alone(stage: Stage, facts: Facts) -> None:
    path = stage.invite()
    again = stage.organiser.post(stage.path, stage.command())
    assert problem(again) == (409, "already-invited")
    stage.speaker.made(f"{path}/decline")
    assert told(facts) == ["speaker_invited", "speaker_declined"]
    second = stage.invite()
    stage.organiser.made(f"{second}/withdraw")
    answers = at_once([partial(stage.organiser.post, stage.path, stage.command()) for _ in range(4)])
    assert codes(answers) == [201, 409, 409, 409]


def test_only_the_invited_and_organisers_answer(stage: Stage, person: Person, key: Someone) -> None:
    path = stage.invite()
    ben = person()
    for verb in ("accept", "decline"):
        assert ben.post(f"{path}/{verb}").status_code == 404
    for verb in ("send", "confirm", "deliver", "withdraw"):
        assert stage.speaker.post(f"{path}/{verb}").status_code == 403
    assert ben.get(path).status_code == 404
    assert ben.get(stage.path).json()["items"] == []
    assert [each["message"] for each in stage.speaker.get(stage.path).json()["items"]] == ["Come!"]
    assert key.made(f"{path}/accept")["state"] == "accepted", "a guest answers through the organisers"
    [shown] = ben.get(stage.path).json()["items"]
    assert (shown["speaker_name"], shown["message"], shown["deadline"]) == ("Ada", None, None)
    stranger = person("organizer", within=uuid4())
    assert stranger.get(path).status_code == 404
    assert stranger.post(f"{path}/withdraw").status_code == 404
    assert stranger.post(stage.path, stage.command()).status_code == 404


def test_what_is_not_possible_says_what_is(stage: Stage) -> None:
    path = stage.invite()
    refused = stage.organiser.post(f"{path}/confirm")
    assert problem(refused) == (409, "invalid-transition")
    assert refused.json()["allowed"] == ["accept", "decline", "withdraw"]
    stage.speaker.made(f"{path}/decline")
    assert stage.speaker.post(f"{path}/accept").json()["allowed"] == []


def test_deadlines_lie_ahead_and_before_the_end(stage: Stage, published: Published) -> None:
    assert problem(stage.organiser.post(stage.path, stage.command(deadline=later(hours=-1)))) == (
        422,
        "deadline-too-early",
    )
    assert problem(stage.organiser.post(stage.path, stage.command(deadline=later(days=30)))) == (
        422,
        "deadline-too-late",
    )
    for changes in ({"deadline": "soon"}, {"deadline": 5}, {"message": "x" * 4001}, {"speaker_id": None}):
        assert stage.organiser.post(stage.path, stage.command(**changes)).status_code == 422
    unknown = stage.organiser.post(stage.path, stage.command(speaker_id=str(uuid4())))
    assert problem(unknown) == (422, "no-such-speaker")
    stage.organiser.made(f"/speakers/{stage.speaker_id}/deactivate")
    assert problem(stage.organiser.post(stage.path, stage.command())) == (409, "speaker-inactive")
    over = published()
    stage.organiser.made(f"/events/{over['id']}/cancel", {"reason": "Rain"})
    called_off = stage.organiser.post(f"/events/{over['id']}/speaker-invitations", stage.command())
    assert problem(called_off) == (409, "nothing-to-speak-at")


def test_who_does_not_answer_in_time_is_asked_no_more_exactly_once(
    stack: Cluster, stage: Stage, facts: Facts
) -> None:
    path = stage.invite()
    past = (datetime.now(UTC) - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    sql = f"UPDATE speaker_invitation SET deadline = '{past}' WHERE id = '{path.split('/')[-1]}'"
    stack.execute("events", sql)
    late = stage.speaker.post(f"{path}/accept")
    assert (late.status_code, late.json()["state"], late.json()["allowed"]) == (409, "expired", [])
    eventually(lambda: stage.organiser.get(path).json()["state"] == "expired", within=10)
    assert told(facts) == ["speaker_invited", "speaker_invitation_expired"]
    assert stage.invite() != path


def test_an_event_called_off_needs_no_speaker(stage: Stage) -> None:
    path = stage.invite()
    stage.organiser.made(f"/events/{stage.event['id']}/cancel", {"reason": "Rain"})
    assert problem(stage.speaker.post(f"{path}/accept")) == (409, "nothing-to-speak-at")
    assert stage.speaker.made(f"{path}/decline")["state"] == "declined"


def test_the_invited_may_answer_for_a_draft_nobody_else_knows_of(organiser: Someone, person: Person) -> None:
    stage = Stage(organiser, organiser.made("/events", an_event()), person())
    path = stage.invite()
    assert stage.speaker.get(path).status_code == 200
    assert stage.speaker.made(f"{path}/accept")["state"] == "accepted"
    assert person().get(path).status_code == 404
    assert person().get(stage.path).status_code == 404


@pytest.mark.either_database
def test_the_states_of_an_invitation() -> None:
    state, verb = InvitationState, InvitationVerb
    assert {each: verbs(each) for each in state} == {
        state.DRAFTED: [verb.SEND, verb.WITHDRAW],
        state.SENT: [verb.ACCEPT, verb.DECLINE, verb.WITHDRAW],
        state.ACCEPTED: [verb.CONFIRM, verb.WITHDRAW],
        state.DECLINED: [],
        state.EXPIRED: [],
        state.CONFIRMED: [verb.DELIVER, verb.WITHDRAW],
        state.DELIVERED: [],
        state.WITHDRAWN: [],
    }
    assert {after(each) for each in verb} == set(state) - {state.DRAFTED, state.EXPIRED}
    assert {each for each in state if verbs(each)} == STANDING
    assert {state.DELIVERED} == ON_STAGE - STANDING
    now = datetime.now(UTC)
    assert standing(state.SENT, now, now) is state.EXPIRED
    assert standing(state.SENT, now + timedelta(seconds=1), now) is state.SENT
    assert standing(state.ACCEPTED, now, now) is state.ACCEPTED
