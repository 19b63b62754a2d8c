"""Speakers and subject-matter experts, and how an invitation is answered (seed S0:66)."""

from datetime import datetime
from enum import StrEnum


class SpeakerKind(StrEnum):
    GUEST = "guest"
    SME = "sme"
    MEMBER = "member"


class SpeakerState(StrEnum):
    LISTED = "listed"
    INACTIVE = "inactive"


class InvitationState(StrEnum):
    DRAFTED = "drafted"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    CONFIRMED = "confirmed"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"


class InvitationVerb(StrEnum):
    SEND = "send"
    ACCEPT = "accept"
    DECLINE = "decline"
    CONFIRM = "confirm"
    DELIVER = "deliver"
    WITHDRAW = "withdraw"


_I = InvitationState
_FROM: dict[InvitationVerb, frozenset[InvitationState]] = {
    InvitationVerb.SEND: frozenset({_I.DRAFTED}),
    InvitationVerb.ACCEPT: frozenset({_I.SENT}),
    InvitationVerb.DECLINE: frozenset({_I.SENT}),
    InvitationVerb.CONFIRM: frozenset({_I.ACCEPTED}),
    InvitationVerb.DELIVER: frozenset({_I.CONFIRMED}),
    InvitationVerb.WITHDRAW: frozenset({_I.DRAFTED, _I.SENT, _I.ACCEPTED, _I.CONFIRMED}),
}
_TO: dict[InvitationVerb, InvitationState] = {
    InvitationVerb.SEND: _I.SENT,
    InvitationVerb.ACCEPT: _I.ACCEPTED,
    InvitationVerb.DECLINE: _I.DECLINED,
    InvitationVerb.CONFIRM: _I.CONFIRMED,
    InvitationVerb.DELIVER: _I.DELIVERED,
    InvitationVerb.WITHDRAW: _I.WITHDRAWN,
}
STANDING = frozenset({_I.DRAFTED, _I.SENT, _I.ACCEPTED, _I.CONFIRMED})
"""A speaker has one invitation of these per event."""
ON_STAGE = frozenset({_I.ACCEPTED, _I.CONFIRMED, _I.DELIVERED})
"""Who is named as a speaker of an event."""


def verbs(state: InvitationState) -> list[InvitationVerb]:
    """What may be done with an invitation now."""
    return [verb for verb in InvitationVerb if state in _FROM[verb]]


def after(verb: InvitationVerb) -> InvitationState:
    """The state `verb` leads to."""
    return _TO[verb]


def standing(state: InvitationState, deadline: datetime, now: datetime) -> InvitationState:
    """How an invitation stands at `now`: one nobody answered in time has expired, written down or not."""
    return InvitationState.EXPIRED if state is InvitationState.SENT and deadline <= now else state
