"""What every part of knowledge agrees on: who may see something, languages, tags and their bounds."""

from collections.abc import Iterable
from enum import StrEnum


class Visibility(StrEnum):
    """Who may read: everybody who may know the community, its members, or its team (editors and above)."""

    PUBLIC = "public"
    MEMBERS = "members"
    TEAM = "team"


LEVEL_OF = {Visibility.PUBLIC: 0, Visibility.MEMBERS: 1, Visibility.TEAM: 2}
"""What the level of somebody's highest role (shared.identity.LEVELS) must reach at least."""

TITLE_LENGTH = 200
BODY_LENGTH = 400_000
"""Characters of one article; a longer document is several."""
TAGS = 20
TAG_LENGTH = 40
RESOURCE_LENGTH = 120
"""Characters of what an entitlement is for."""


def tidy_tags(tags: Iterable[str]) -> list[str]:
    """Lower-case, each once, in the order given."""
    return list(dict.fromkeys(tag.strip().lower() for tag in tags))
