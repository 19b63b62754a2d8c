"""Organisations to do something with, and what was proposed to them."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.facts import Fact


class _PartnerFact(Fact):
    """A fact of the aggregate `partner`."""

    owner: ClassVar[str] = "membership"
    aggregate: ClassVar[str] = "partner"
    key: ClassVar[str] = "partner_id"

    community_id: UUID
    partner_id: UUID


class PartnerIdentified(_PartnerFact):
    """An organisation fits the community."""


class PartnerChanged(_PartnerFact):
    """Its description changed, or how far things went with it."""

    state: Literal["identified", "approached", "in_dialogue", "active", "dormant", "ended", "declined"]


class PartnerActivated(_PartnerFact):
    """The partnership is alive, for the first time or again."""


class PartnerEnded(_PartnerFact):
    """The partnership is over."""


class _PropositionFact(Fact):
    """A fact of the aggregate `proposition`: one version, `number` of 1..n, of what a partner is proposed."""

    owner: ClassVar[str] = "membership"
    aggregate: ClassVar[str] = "proposition"
    key: ClassVar[str] = "proposition_id"

    community_id: UUID
    proposition_id: UUID
    partner_id: UUID
    number: int


class PropositionDrafted(_PropositionFact):
    """A version is being written, the first or the answer to a counter-proposal."""


class PropositionOffered(_PropositionFact):
    """The partner has it and may answer."""


class PropositionAccepted(_PropositionFact):
    """The partner takes it."""


class PropositionDeclined(_PropositionFact):
    """The partner does not take it."""


class PropositionCountered(_PropositionFact):
    """The partner wants it otherwise: the next version is a draft."""


class PropositionWithdrawn(_PropositionFact):
    """The community took it back."""


class PropositionExpired(_PropositionFact):
    """Nobody answered in time."""
