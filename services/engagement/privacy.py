"""What engagement does for a person: ErasureRequested -> texts, reactions, reads go -> ErasureCompleted.

Posts are deleted and topics keep a neutral title, so that what others replied keeps its place; facts of
members who are gone find nobody to belong to.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import col, delete, select, update

from services.engagement import rules
from services.engagement.holdings import HOLDINGS, IDENTITIES, MEMBERS
from services.engagement.models import LOCKED_POSTS, Activity, Post, Presence, Reaction, Revision, Topic
from services.engagement.rules import PostState, ReactionKind
from shared.contracts.engagement import ErasureCompleted, PostDeleted, PostEdited, TopicEdited
from shared.data_subjects import DataSubject, Piece, parameters_of, piece_of
from shared.privacy import Privacy
from shared.store import Tx, constant, scope

privacy = Privacy(receipt=ErasureCompleted, covers=(Topic, Post, Revision, Activity, Presence))
router, consumers, jobs = privacy.router, privacy.consumers, privacy.jobs

PIECE = 200
"""Rows changed in one write: some 20 ms, so that nobody waits long for theirs."""

_NOBODY: dict[str, Any] = {"author_member_id": None, "author_identity_id": None}


@privacy.erases
async def erase(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """One kind of content after another, whatever is left of the first that has any."""
    steps: tuple[Callable[[Tx, DataSubject], Awaitable[dict[str, int]]], ...] = (
        _posts,
        _topics,
        _reactions,
        _presence,
        _activities,
    )
    for step in steps:
        if counts := await step(tx, subject):
            return counts
    return {}


async def _posts(tx: Tx, subject: DataSubject) -> dict[str, int]:
    posts = await _authored(tx, subject, _POSTS)
    if not posts:
        return {}
    ids = [post.id for post in posts]
    revisions = await tx.execute(_FORGET_REVISIONS, {"ids": ids})
    await tx.lock_all(Post, ids, state=PostState.DELETED, body=None, **_NOBODY)
    for post in posts:
        told = PostEdited if post.state is PostState.DELETED else PostDeleted
        tx.publish(told(community_id=subject.community_id, post_id=post.id, topic_id=post.topic_id))
    return {"post": len(posts), "revision": revisions}


async def _topics(tx: Tx, subject: DataSubject) -> dict[str, int]:
    topics = await _authored(tx, subject, _TOPICS)
    if not topics:
        return {}
    ids = [topic.id for topic in topics]
    revisions = await tx.execute(_FORGET_REVISIONS, {"ids": ids})
    await tx.lock_all(Topic, ids, title=rules.ERASED_TITLE, body="", tags=[], **_NOBODY)
    for topic in topics:
        tx.publish(TopicEdited(community_id=subject.community_id, topic_id=topic.id))
    return {"topic": len(topics), "revision": revisions}


async def _authored(tx: Tx, subject: DataSubject, statements: tuple[Any, Any]) -> list[Any]:
    """By members, else by identities: each has its index, which no OR of the two would use."""
    given = parameters_of(subject)
    return await tx.all(statements[0], given) or await tx.all(statements[1], given)


async def _reactions(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """The rows go, and the posts they stand on count without them."""
    rows: list[Any] = await tx.all(_REACTIONS, parameters_of(subject))
    if not rows:
        return {}
    taken: dict[UUID, Counter[ReactionKind]] = {}
    posts = await tx.all(LOCKED_POSTS, {"ids": sorted({row.post_id for row in rows})})
    # Read again under the posts' locks: a toggle that was under way has ended by now.
    rows = await tx.all(_REACTIONS_OF, {"ids": [row.id for row in rows]})
    for row in rows:
        if row.active:
            taken.setdefault(row.post_id, Counter())[row.kind] += 1
    for post in posts:
        counts = post.reactions
        for kind, number in taken.get(post.id, {}).items():
            counts = rules.counted(counts, kind, -number)
        if counts != post.reactions:
            await tx.update(Post, post.id, reactions=counts)
    return {"reaction": await tx.execute(_FORGET_REACTIONS, {"ids": [row.id for row in rows]})}


async def _presence(tx: Tx, subject: DataSubject) -> dict[str, int]:
    count = await tx.execute(_FORGET_PRESENCE, parameters_of(subject))
    return {"presence": count} if count else {}


async def _activities(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """Nobody's from now on; the natural key, of which the id is made, keeps them from coming twice."""
    count = await tx.execute(_ANONYMISE_ACTIVITIES, parameters_of(subject))
    return {"activity": count} if count else {}


@privacy.exports
async def export(tx: Tx, subject: DataSubject, after: str | None) -> Piece:
    return await piece_of(tx, subject, after, HOLDINGS)


# Statements ---------------------------------------------------------------------------------------------


def _by(model: type[Any], *columns: Any) -> tuple[Any, Any]:
    wanted: Any = select(*columns).where(scope(model)).limit(PIECE).with_for_update()
    return (
        constant(wanted.where(model.author_member_id.in_(MEMBERS))),
        constant(wanted.where(model.author_identity_id.in_(IDENTITIES))),
    )


_IDS: Any = bindparam("ids", expanding=True)
_POSTS = _by(Post, Post.id, Post.topic_id, Post.state)
_TOPICS = _by(Topic, Topic.id)
_FORGET_REVISIONS = constant(delete(Revision).where(scope(Revision), col(Revision.of_id).in_(_IDS)))
_THEIR_REACTIONS = select(Reaction).where(scope(Reaction), col(Reaction.member_id).in_(MEMBERS))
_REACTIONS = constant(_THEIR_REACTIONS.limit(PIECE))
_REACTIONS_OF = constant(select(Reaction).where(scope(Reaction), col(Reaction.id).in_(_IDS)))
_FORGET_REACTIONS = constant(delete(Reaction).where(scope(Reaction), col(Reaction.id).in_(_IDS)))
_SOME_PRESENCE = select(Presence.id).where(scope(Presence), col(Presence.member_id).in_(MEMBERS)).limit(PIECE)
_FORGET_PRESENCE = constant(delete(Presence).where(scope(Presence), col(Presence.id).in_(_SOME_PRESENCE)))
_SOME_ACTIVITIES = (
    select(Activity.id).where(scope(Activity), col(Activity.identity_id).in_(IDENTITIES)).limit(PIECE)
)
_ANONYMISE_ACTIVITIES = constant(
    update(Activity)
    .where(scope(Activity), col(Activity.id).in_(_SOME_ACTIVITIES))
    .values(identity_id=None, ref="")
)
