"""Who has a seat and who is next: tables, and promises that hold for any waiting list."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.checkins.moves import Standing, seen
from services.events.checkins.rules import (
    TOLERANCE,
    CheckInKind,
    CheckInOutcome,
    CheckInReason,
    Seen,
    judged,
)
from services.events.registrations import rules
from services.events.registrations.rules import RegistrationState, RegistrationVerb, Waiting, promoted

_S = RegistrationState
NOW = datetime(2026, 3, 28, 12, tzinfo=UTC)
PARTIES = st.lists(st.integers(1, 6), max_size=12)
FREE = st.integers(0, 20)


def line(parties: list[int]) -> list[Waiting]:
    return [Waiting(seq, size) for seq, size in enumerate(parties, 1)]


@pytest.mark.parametrize(
    ("free", "parties", "allow_skip", "seqs"),
    [
        (0, [1, 1], False, []),
        (1, [1, 1], False, [1]),
        (5, [], False, []),
        (3, [2, 2, 1], False, [1]),
        (3, [2, 2, 1], True, [1, 3]),
        (1, [2, 1], False, []),
        (1, [2, 1], True, [2]),
        (9, [2, 3, 4], False, [1, 2, 3]),
    ],
)
def test_the_head_of_the_list_is_served(
    free: int, parties: list[int], allow_skip: bool, seqs: list[int]
) -> None:
    assert [each.seq for each in promoted(free, line(parties), allow_skip=allow_skip)] == seqs


@given(FREE, PARTIES, st.booleans())
def test_never_more_seats_than_there_are_and_in_order(
    free: int, parties: list[int], allow_skip: bool
) -> None:
    chosen = promoted(free, line(parties), allow_skip=allow_skip)
    assert sum(each.party_size for each in chosen) <= free
    assert [each.seq for each in chosen] == sorted({each.seq for each in chosen})


@given(FREE, PARTIES)
def test_without_skipping_those_served_are_the_head(free: int, parties: list[int]) -> None:
    waiting = line(parties)
    chosen = promoted(free, waiting, allow_skip=False)
    assert chosen == waiting[: len(chosen)]
    left = free - sum(each.party_size for each in chosen)
    assert not waiting[len(chosen) :] or waiting[len(chosen)].party_size > left


@given(FREE, PARTIES)
def test_whoever_is_passed_did_not_fit_when_it_was_their_turn(free: int, parties: list[int]) -> None:
    chosen = set(promoted(free, line(parties), allow_skip=True))
    for each in line(parties):
        if each in chosen:
            free -= each.party_size
        else:
            assert each.party_size > free


@given(FREE, PARTIES, st.booleans())
def test_once_served_nobody_who_waits_can_be_served(free: int, parties: list[int], allow_skip: bool) -> None:
    waiting = line(parties)
    chosen = promoted(free, waiting, allow_skip=allow_skip)
    left = free - sum(each.party_size for each in chosen)
    rest = [each for each in waiting if each not in chosen]
    assert promoted(left, rest, allow_skip=allow_skip) == []


@pytest.mark.parametrize(
    ("free", "party_size", "behind", "allow_skip", "state"),
    [
        (None, 9, False, False, _S.CONFIRMED),
        (2, 2, False, False, _S.CONFIRMED),
        (1, 2, False, False, _S.WAITLISTED),
        (2, 1, True, False, _S.WAITLISTED),
        (2, 1, True, True, _S.CONFIRMED),
        (0, 1, True, True, _S.WAITLISTED),
    ],
)
def test_a_newcomer_sits_or_waits(
    free: int | None, party_size: int, behind: bool, allow_skip: bool, state: RegistrationState
) -> None:
    assert rules.enters(free, party_size, behind=behind, allow_skip=allow_skip) is state


@pytest.mark.parametrize(
    ("free", "by", "waiting", "allow_skip", "may"),
    [
        (0, -1, 5, False, True),
        (2, 2, 0, False, True),
        (2, 3, 0, False, False),
        (2, 1, 3, False, False),
        (2, 1, 3, True, True),
        (None, 9, 0, False, True),
    ],
)
def test_a_party_grows_into_free_seats_nobody_waits_for(
    free: int | None, by: int, waiting: int, allow_skip: bool, may: bool
) -> None:
    assert rules.may_grow(free, by, waiting=waiting, allow_skip=allow_skip) is may


@pytest.mark.parametrize(
    ("before_start", "cutoff", "late"), [(61, 60, False), (60, 60, False), (59, 60, True), (-1, 0, True)]
)
def test_a_cancellation_is_late_after_the_cutoff(before_start: int, cutoff: int, late: bool) -> None:
    assert rules.is_late(NOW, NOW + timedelta(minutes=before_start), cutoff) is late


def test_an_offer_never_outlasts_the_start() -> None:
    assert rules.offer_ends(NOW, 60, NOW + timedelta(hours=5)) == NOW + timedelta(hours=1)
    assert rules.offer_ends(NOW, 60, NOW + timedelta(minutes=5)) == NOW + timedelta(minutes=5)


def test_a_new_time_is_confirmed_by_those_who_were_asked() -> None:
    verb = RegistrationVerb.CONFIRM_NEW_TIME
    assert verb in rules.reconfirmable(_S.CONFIRMED, asked=True)
    assert verb not in rules.reconfirmable(_S.CONFIRMED, asked=False)
    assert all(
        verb not in rules.reconfirmable(state, asked=True) for state in _S if state is not _S.CONFIRMED
    )


@pytest.mark.parametrize("offered", ["one", "following", "all"])
def test_a_series_is_registered_for_as_far_as_it_offers(offered: str) -> None:
    reached = [wanted for wanted in ("one", "following", "all") if rules.reaches(offered, wanted)]
    assert reached == ["one", "following", "all"][: len(reached)]
    assert reached[-1] == offered


ENTRY, EXIT = CheckInKind.ENTRY, CheckInKind.EXIT


@pytest.mark.parametrize(
    ("at", "kind", "has_seat", "known", "outcome", "reason"),
    [
        (0, ENTRY, True, Seen(), CheckInOutcome.APPLIED, None),
        (5, ENTRY, True, Seen(), CheckInOutcome.APPLIED, None),
        (6, ENTRY, True, Seen(), CheckInOutcome.REFUSED, CheckInReason.IN_THE_FUTURE),
        (0, ENTRY, False, Seen(), CheckInOutcome.CONFLICT, CheckInReason.NO_SEAT),
        (0, EXIT, True, Seen(NOW), CheckInOutcome.SUPERSEDED, CheckInReason.OLDER),
        (-1, EXIT, True, Seen(NOW), CheckInOutcome.SUPERSEDED, CheckInReason.OLDER),
        (1, EXIT, True, Seen(NOW), CheckInOutcome.APPLIED, None),
        (0, EXIT, True, Seen(NOW, frozenset({ENTRY})), CheckInOutcome.CONFLICT, CheckInReason.CONTRADICTS),
        (0, ENTRY, True, Seen(NOW, frozenset({ENTRY})), CheckInOutcome.SUPERSEDED, CheckInReason.OLDER),
    ],
)
def test_what_becomes_of_a_check_in(
    at: int,
    kind: CheckInKind,
    has_seat: bool,
    known: Seen,
    outcome: CheckInOutcome,
    reason: CheckInReason | None,
) -> None:
    moment = NOW + at * timedelta(minutes=1)
    assert timedelta(minutes=5) == TOLERANCE
    assert judged(moment, kind, now=NOW, has_seat=has_seat, seen=known) == (outcome, reason)


@pytest.mark.parametrize(
    ("state", "kind", "after", "facts"),
    [
        (_S.CONFIRMED, ENTRY, _S.CHECKED_IN, ["RegistrationCheckedIn"]),
        (_S.CONFIRMED, EXIT, _S.CHECKED_OUT, ["RegistrationCheckedIn", "RegistrationCheckedOut"]),
        (_S.CHECKED_IN, ENTRY, _S.CHECKED_IN, []),
        (_S.CHECKED_IN, EXIT, _S.CHECKED_OUT, ["RegistrationCheckedOut"]),
        (_S.CHECKED_OUT, ENTRY, _S.CHECKED_IN, ["RegistrationCheckedIn"]),
        (_S.CHECKED_OUT, EXIT, _S.CHECKED_OUT, []),
        (_S.NO_SHOW, ENTRY, _S.CHECKED_IN, ["RegistrationCorrected"]),
        (_S.NO_SHOW, EXIT, _S.CHECKED_OUT, ["RegistrationCorrected", "RegistrationCheckedOut"]),
    ],
)
def test_what_was_seen_moves_a_registration(
    state: RegistrationState, kind: CheckInKind, after: RegistrationState, facts: list[str]
) -> None:
    moved = seen(Standing(state, None, None), kind, NOW)
    assert moved.state is after
    assert [fact.__name__ for fact, _ in moved.facts] == facts
    assert moved.corrected is (state is _S.NO_SHOW)
