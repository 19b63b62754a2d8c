"""One step of an article's life: the verb allowed, the row locked for the facts that tell it."""

from typing import Any

from services.knowledge.articles import rules
from services.knowledge.articles.models import Article
from services.knowledge.articles.rules import ArticleVerb
from shared.problems import InvalidTransition
from shared.store import Tx


async def take(tx: Tx, article: Article, verb: ArticleVerb, *, facts: int = 1, **changes: Any) -> Article:
    """The article the caller holds, after `verb`; `InvalidTransition` names what is possible instead."""
    moves = rules.MOVES.get(article.state, {})
    if verb not in moves:
        raise InvalidTransition(state=article.state.value, allowed=rules.verbs(article.state))
    return await tx.lock(Article, article.id, facts=facts, state=moves[verb], **changes)
