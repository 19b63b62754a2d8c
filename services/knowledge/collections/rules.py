"""What a collection can be, and when it takes articles."""

from collections.abc import Mapping
from enum import StrEnum


class CollectionKind(StrEnum):
    BEST_PRACTICES = "best_practices"
    GUIDE = "guide"
    FAQ = "faq"
    LIBRARY = "library"
    ARCHIVE = "archive"


class CollectionState(StrEnum):
    ACTIVE = "active"
    ARCHIVED = "archived"


class CollectionVerb(StrEnum):
    ARCHIVE = "archive"
    RESTORE = "restore"


MOVES: Mapping[CollectionState, Mapping[CollectionVerb, CollectionState]] = {
    CollectionState.ACTIVE: {CollectionVerb.ARCHIVE: CollectionState.ARCHIVED},
    CollectionState.ARCHIVED: {CollectionVerb.RESTORE: CollectionState.ACTIVE},
}
MOST_APPROVALS = 5
