"""What facts of knowledge tell of activities: writing, reviewing, asking, answering, looking, searching."""

from collections.abc import Iterator
from uuid import UUID

from services.metrics.append import Told
from services.metrics.rules import Searched
from shared.contracts.knowledge import (
    AnswerDeleted,
    AnswerPosted,
    AnswerVerified,
    AnswerVoted,
    ArticleDrafted,
    ArticleRated,
    ArticleReviewed,
    ArticleVerified,
    ArticleViewedBatch,
    CallClaimed,
    CallFulfilled,
    QuestionAccepted,
    QuestionAsked,
    ResourceAdded,
    SearchPerformedBatch,
)
from shared.facts import Fact
from shared.ids import derived_id


def about_knowledge(fact: Fact) -> Iterator[Told]:
    """What a fact tells of; to publish is no second doing of the author."""
    when = fact.occurred_at
    match fact:
        case ArticleViewedBatch(views=views):
            for view in views:
                if view.member_id is not None:
                    yield Told(view.view_id, view.member_id, "read", view.at, None, fact)
        case SearchPerformedBatch():
            yield from _searched(fact)
        case ResourceAdded(resource_id=resource):
            yield Told(resource, fact.added_by, "resource", when, None, fact)
        case CallClaimed():
            yield _act(fact, fact.member_id, "claim")
        case CallFulfilled(article_id=None):  # with an article it is the article that was contributed
            yield _act(fact, fact.member_id, "fulfil")
        case _:
            yield from _about_article(fact)
            yield from _about_question(fact)


def _about_article(fact: Fact) -> Iterator[Told]:
    match fact:
        case ArticleDrafted(author_id=author, revision=revision):
            yield _act(fact, author, "article" if revision == 1 else "revision")
        case ArticleReviewed(reviewer_id=reviewer):
            yield _act(fact, reviewer, "review")
        case ArticleVerified(verified_by=verifier):
            yield _act(fact, verifier, "verify")
        case ArticleRated(rating_id=rating):
            yield Told(rating, fact.member_id, "vote", fact.occurred_at, None, fact, again=True)


def _about_question(fact: Fact) -> Iterator[Told]:
    """A question opens the thread that its answers are in."""
    when = fact.occurred_at
    match fact:
        case QuestionAsked(question_id=question):
            yield Told(question, fact.member_id, "question", when, question, fact)
        case QuestionAccepted() if fact.actor is not None and fact.actor.kind == "member":
            yield _act(fact, UUID(fact.actor.id), "accept")
        case AnswerPosted(answer_id=answer):
            yield Told(answer, fact.member_id, "answer", when, fact.question_id, fact)
        case AnswerVerified(verified_by=verifier):
            yield _act(fact, verifier, "verify")
        case AnswerVoted(vote_id=vote):
            yield Told(vote, fact.member_id, "vote", when, None, fact, fact.value != 0, again=True)
        case AnswerDeleted(answer_id=answer):
            yield Told(answer, None, "deleted", when, None, fact, given=False)


def _act(fact: Fact, member: UUID | None, kind: str) -> Told:
    """What may be done to one thing several times, each time with a version of its own."""
    activity = derived_id(fact.aggregate_id, f"{kind}:{fact.aggregate_version}")
    return Told(activity, member, kind, fact.occurred_at, None, fact)


def _searched(batch: SearchPerformedBatch) -> Iterator[Told]:
    """Nobody's: who searched, facts do not say. A search that is told again was opened meanwhile."""
    for search in batch.searches:
        yield Told(search.search_id, None, Searched.PERFORMED, search.at, None, batch)
        if search.clicked:
            opened = derived_id(search.search_id, Searched.OPENED)
            yield Told(opened, None, Searched.OPENED, search.at, None, batch)
        if search.hits == 0:
            vain = derived_id(search.search_id, Searched.IN_VAIN)
            yield Told(vain, None, Searched.IN_VAIN, search.at, None, batch)
