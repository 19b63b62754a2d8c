"""How a partnership comes about and ends, and what becomes of a proposition."""

from datetime import datetime
from enum import StrEnum


class PartnerState(StrEnum):
    IDENTIFIED = "identified"
    APPROACHED = "approached"
    IN_DIALOGUE = "in_dialogue"
    ACTIVE = "active"
    DORMANT = "dormant"
    ENDED = "ended"
    DECLINED = "declined"


class PartnerVerb(StrEnum):
    APPROACH = "approach"
    OPEN_DIALOGUE = "open-dialogue"
    ACTIVATE = "activate"
    REST = "rest"
    END = "end"
    DECLINE = "decline"


class PropositionState(StrEnum):
    DRAFT = "draft"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    COUNTERED = "countered"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class PropositionVerb(StrEnum):
    OFFER = "offer"
    ACCEPT = "accept"
    DECLINE = "decline"
    COUNTER = "counter"
    WITHDRAW = "withdraw"


_PARTNER_FROM: dict[PartnerVerb, frozenset[PartnerState]] = {
    PartnerVerb.APPROACH: frozenset({PartnerState.IDENTIFIED}),
    PartnerVerb.OPEN_DIALOGUE: frozenset({PartnerState.APPROACHED}),
    PartnerVerb.ACTIVATE: frozenset({PartnerState.IN_DIALOGUE, PartnerState.DORMANT}),
    PartnerVerb.REST: frozenset({PartnerState.ACTIVE}),
    PartnerVerb.END: frozenset({PartnerState.ACTIVE}),
    PartnerVerb.DECLINE: frozenset({PartnerState.APPROACHED, PartnerState.IN_DIALOGUE}),
}
_PARTNER_TO: dict[PartnerVerb, PartnerState] = {
    PartnerVerb.APPROACH: PartnerState.APPROACHED,
    PartnerVerb.OPEN_DIALOGUE: PartnerState.IN_DIALOGUE,
    PartnerVerb.ACTIVATE: PartnerState.ACTIVE,
    PartnerVerb.REST: PartnerState.DORMANT,
    PartnerVerb.END: PartnerState.ENDED,
    PartnerVerb.DECLINE: PartnerState.DECLINED,
}
_PROPOSITION_FROM: dict[PropositionVerb, frozenset[PropositionState]] = {
    PropositionVerb.OFFER: frozenset({PropositionState.DRAFT}),
    PropositionVerb.ACCEPT: frozenset({PropositionState.OFFERED}),
    PropositionVerb.DECLINE: frozenset({PropositionState.OFFERED}),
    PropositionVerb.COUNTER: frozenset({PropositionState.OFFERED}),
    PropositionVerb.WITHDRAW: frozenset({PropositionState.DRAFT, PropositionState.OFFERED}),
}
_PROPOSITION_TO: dict[PropositionVerb, PropositionState] = {
    PropositionVerb.OFFER: PropositionState.OFFERED,
    PropositionVerb.ACCEPT: PropositionState.ACCEPTED,
    PropositionVerb.DECLINE: PropositionState.DECLINED,
    PropositionVerb.COUNTER: PropositionState.COUNTERED,
    PropositionVerb.WITHDRAW: PropositionState.WITHDRAWN,
}
OPEN = (PropositionState.DRAFT, PropositionState.OFFERED)
"""A partner has one open proposition at most: versions follow one another."""


def partner_verbs(state: PartnerState) -> list[PartnerVerb]:
    """What may be done with a partnership now."""
    return [verb for verb in PartnerVerb if state in _PARTNER_FROM[verb]]


def partner_after(verb: PartnerVerb) -> PartnerState:
    """The state `verb` leads to."""
    return _PARTNER_TO[verb]


def takes_propositions(state: PartnerState) -> bool:
    """Whether something can be proposed: not once it ended or was declined."""
    return state not in (PartnerState.ENDED, PartnerState.DECLINED)


def proposition_verbs(state: PropositionState) -> list[PropositionVerb]:
    """What may be done with a proposition now."""
    return [verb for verb in PropositionVerb if state in _PROPOSITION_FROM[verb]]


def proposition_after(verb: PropositionVerb) -> PropositionState:
    """The state `verb` leads to."""
    return _PROPOSITION_TO[verb]


def standing(state: PropositionState, valid_until: datetime, now: datetime) -> PropositionState:
    """The state as it is at `now`: what was offered runs out at its time, whenever that is written down."""
    ran_out = state is PropositionState.OFFERED and valid_until <= now
    return PropositionState.EXPIRED if ran_out else state
