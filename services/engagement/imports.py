"""What the imports of topics and of posts share: the answer per item, and who an imported author is."""

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

from services.engagement.inputs import Refusal
from shared.facts import ActorRef
from shared.route import View
from shared.store import Tx
from shared.subjects import identity_of
from shared.tombstones import erased_among

BODY_LIMIT_BYTES = 10_000_000


class Outcome(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class ImportedItem(View):
    """What became of one item; `reason` is null unless it was refused."""

    ref: str
    id: UUID
    outcome: Outcome
    reason: Refusal | None


class ImportedView(View):
    """One answer per item, in the order given."""

    items: list[ImportedItem]


def importer(provider: str) -> ActorRef:
    """The actor of facts about history: not the admin who ran the import."""
    return ActorRef(kind="import", id=provider)


def imported_author(community_id: UUID, provider: str, subject: str | None) -> UUID | None:
    """The identity of an author on the other platform; null when nobody knows who it was."""
    return None if subject is None else identity_of(community_id, provider, subject)


async def erased_subjects(
    tx: Tx, community_id: UUID, provider: str, subjects: Iterable[str | None]
) -> set[str]:
    """Those of the authors on the other platform who were erased here."""
    identities = {identity_of(community_id, provider, each): each for each in subjects if each is not None}
    return {identities[gone] for gone in await erased_among(tx, list(identities))}
