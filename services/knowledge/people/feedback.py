"""Heed feedback: FeedbackReceived about an article that can be read -> a task to read it again."""

from services.knowledge.articles.rules import READABLE
from services.knowledge.models import THE_ARTICLE
from services.knowledge.tasks.open import open_task
from services.knowledge.tasks.rules import TaskKind
from shared.consumers import Consumers
from shared.contracts.announced import FeedbackReceived
from shared.store import Tx

consumers = Consumers()


@consumers.on(FeedbackReceived)
async def heed(tx: Tx, fact: FeedbackReceived) -> None:
    """Somebody should find out whether it is right; one task for each feedback."""
    if fact.about != "article" or fact.about_id is None:
        return
    article = await tx.first(THE_ARTICLE, {"article_id": fact.about_id})
    if article is not None and article.state in READABLE:
        await open_task(tx, TaskKind.VERIFY, cause_id=fact.feedback_id, article_id=article.id)
