"""What consent may be asked for."""

from enum import StrEnum


class Purpose(StrEnum):
    DM = "dm"
    EMAIL = "email"
    RESEARCH = "research"
    DEMOGRAPHICS = "demographics"
    SHARE_MARKETING = "share_marketing"
    SHARE_PARTNER = "share_partner"
    PHOTOS = "photos"


class ProofKind(StrEnum):
    """How somebody agreed, or did so elsewhere."""

    PAPER = "paper"
    EMAIL = "email"
    SPOKEN = "spoken"
    IMPORTED = "imported"
