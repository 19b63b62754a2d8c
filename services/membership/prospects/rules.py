"""The life of a prospect: from being captured to joining, or to being forgotten."""

from datetime import datetime, timedelta
from enum import StrEnum

from services.membership.consents.rules import Purpose


class ProspectState(StrEnum):
    CAPTURED = "captured"
    CONTACTED = "contacted"
    INTERESTED = "interested"
    INVITED = "invited"
    JOINED = "joined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class ProspectVerb(StrEnum):
    CONTACT = "contact"
    MARK_INTERESTED = "mark-interested"
    INVITE = "invite"
    WITHDRAW = "withdraw"
    JOIN = "join"
    EXPIRE = "expire"


class ImportRefusal(StrEnum):
    """Why somebody is not imported: who withdrew is never brought back by a list."""

    WITHDRAWN = "withdrawn"


FORGOTTEN_AFTER = timedelta(days=548)
"""18 months without contact."""

CONTACT_PURPOSES = (Purpose.EMAIL, Purpose.DM)
"""What a prospect has to have agreed to, one of them, before being contacted."""

LIVING = (
    ProspectState.CAPTURED,
    ProspectState.CONTACTED,
    ProspectState.INTERESTED,
    ProspectState.INVITED,
)
"""Where a prospect may be withdrawn or forgotten; who joined is a member, with a member's rights."""

GONE = (ProspectState.WITHDRAWN, ProspectState.EXPIRED)
"""Who wants nothing of us, or was forgotten."""

_STEPS: dict[ProspectVerb, dict[ProspectState, ProspectState]] = {
    # Contacting somebody again changes nothing but when they are forgotten.
    ProspectVerb.CONTACT: {state: state for state in LIVING}
    | {ProspectState.CAPTURED: ProspectState.CONTACTED},
    # Who answers a survey or says so unasked is interested without having been contacted.
    ProspectVerb.MARK_INTERESTED: dict.fromkeys(
        (ProspectState.CAPTURED, ProspectState.CONTACTED), ProspectState.INTERESTED
    ),
    # An invitation may run out: inviting again makes another one.
    ProspectVerb.INVITE: dict.fromkeys(
        (ProspectState.INTERESTED, ProspectState.INVITED), ProspectState.INVITED
    ),
    ProspectVerb.WITHDRAW: dict.fromkeys(LIVING, ProspectState.WITHDRAWN),
    ProspectVerb.JOIN: {ProspectState.INVITED: ProspectState.JOINED},
    ProspectVerb.EXPIRE: dict.fromkeys(LIVING, ProspectState.EXPIRED),
}
OFFERED = (
    ProspectVerb.CONTACT,
    ProspectVerb.MARK_INTERESTED,
    ProspectVerb.INVITE,
    ProspectVerb.WITHDRAW,
)
"""What others may do; joining and being forgotten happen by themselves."""


def prospect_verbs(state: ProspectState) -> list[ProspectVerb]:
    """What may be done with a prospect now."""
    return [verb for verb in OFFERED if state in _STEPS[verb]]


def may(verb: ProspectVerb, state: ProspectState) -> bool:
    """Whether `verb` is possible in `state`."""
    return state in _STEPS[verb]


def prospect_after(verb: ProspectVerb, state: ProspectState) -> ProspectState:
    """The state `verb` leads to from `state`."""
    return _STEPS[verb][state]


def forgotten_at(contacted_at: datetime) -> datetime:
    """When somebody contacted then is forgotten unless contacted again."""
    return contacted_at + FORGOTTEN_AFTER
