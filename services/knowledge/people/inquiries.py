"""Heed inquiries: InquiryResolved -> a task to make an article of its answer, unless there is one already."""

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.articles.rules import SourceKind
from services.knowledge.models import Provenance
from services.knowledge.tasks.open import open_task
from services.knowledge.tasks.rules import TaskKind
from shared.consumers import Consumers
from shared.contracts.announced import InquiryResolved
from shared.store import Tx, constant, scope

consumers = Consumers()


@consumers.on(InquiryResolved)
async def heed(tx: Tx, fact: InquiryResolved) -> None:
    """One task for each inquiry, with the conversation it was solved in."""
    known = await tx.first(MADE_OF, {"ref": str(fact.inquiry_id)})
    if known is None:
        await open_task(tx, TaskKind.DRAFT, cause_id=fact.inquiry_id, topic_id=fact.topic_id)


MADE_OF = constant(
    select(Provenance)
    .where(
        scope(Provenance),
        col(Provenance.kind) == SourceKind.INQUIRY,
        col(Provenance.ref) == sa.bindparam("ref"),
    )
    .limit(1)
)
