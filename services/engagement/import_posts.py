"""Import posts: POST /posts/import -> into imported topics, at their own times -> PostCreated, PostEdited."""

from typing import Annotated, Any
from uuid import UUID

from annotated_types import MaxLen, MinLen

from services.engagement import rules
from services.engagement.edit import keep_revision
from services.engagement.imports import (
    BODY_LIMIT_BYTES,
    ImportedItem,
    ImportedView,
    Outcome,
    erased_subjects,
    imported_author,
    importer,
)
from services.engagement.inputs import Body, Ref, Refusal, Score, Word
from services.engagement.models import LOCKED_TOPICS, POSTS, Post, Topic
from services.engagement.rules import BATCH, PostKind
from shared.contracts.engagement import PostCreated, PostEdited, TopicEdited
from shared.identity import Actor
from shared.route import Command, Instant, Router, Write
from shared.store import Tx

router = Router(tags=["imports"])


class PostOfOld(Command):
    """A post of another platform: `ref` is its id there, `subject` its author's (null when unknown).

    `topic_ref` names a topic of the same provider; `reply_to_ref` a post, imported already or not yet.
    """

    ref: Ref
    topic_ref: Ref
    reply_to_ref: Ref | None = None
    kind: PostKind
    body: Body
    subject: Ref | None = None
    at: Instant
    score: Score = 0
    accepted: bool = False


class ImportPosts(Command):
    provider: Word
    items: Annotated[list[PostOfOld], MinLen(1), MaxLen(BATCH)]


async def import_posts(tx: Tx, _actor: Actor, community_id: UUID, command: ImportPosts) -> ImportedView:
    """The topics are locked first: of two imports of the same posts one finds the other's rows."""
    provider = command.provider
    topic_ids = {
        i.topic_ref: rules.imported_topic_id(community_id, provider, i.topic_ref) for i in command.items
    }
    topics = {topic.id: topic for topic in await tx.all(LOCKED_TOPICS, {"ids": list(topic_ids.values())})}
    ids = [rules.imported_post_id(community_id, provider, item.ref) for item in command.items]
    known = {post.id: post for post in await tx.all(POSTS, {"ids": ids})}
    erased = await erased_subjects(tx, community_id, provider, (item.subject for item in command.items))
    new: dict[UUID, Post] = {}
    accepted = {id_: topic.accepted_post_id for id_, topic in topics.items()}
    answers: list[ImportedItem] = []
    for id_, item in zip(ids, command.items, strict=True):
        outcome, reason = Outcome.REFUSED, None
        topic_id = topic_ids[item.topic_ref]
        if topic_id not in topics:
            reason = Refusal.UNKNOWN_TOPIC
        elif id_ in new:
            reason = Refusal.REPEATED
        elif item.subject in erased:
            reason = Refusal.ERASED
        elif not rules.is_plausible(item.at, tx.now):
            reason = Refusal.IMPLAUSIBLE_TIME
        elif id_ in known:
            outcome = await _revise(tx, known[id_], item)
        else:
            outcome, new[id_] = Outcome.CREATED, _post(community_id, id_, topic_id, provider, item)
        if reason is None:
            accepted[topic_id] = rules.accepted_post(accepted[topic_id], id_, item.accepted)
        answers.append(ImportedItem(ref=item.ref, id=id_, outcome=outcome, reason=reason))
    await tx.insert(list(new.values()))
    _publish(tx, provider, new)
    await _accept(tx, community_id, topics, accepted)
    tx.audit("post.import", provider)
    return ImportedView(items=answers)


def _post(community_id: UUID, id_: UUID, topic_id: UUID, provider: str, item: PostOfOld) -> Post:
    replied_to = item.reply_to_ref
    return Post(
        id=id_,
        community_id=community_id,
        topic_id=topic_id,
        kind=item.kind,
        body=item.body,
        reply_to=rules.imported_post_id(community_id, provider, replied_to)
        if replied_to is not None
        else None,
        author_identity_id=imported_author(community_id, provider, item.subject),
        score=item.score,
        created_at=item.at,
    )


async def _revise(tx: Tx, old: Post, item: PostOfOld) -> Outcome:
    """Take over what changed on the other platform; a post deleted here stays deleted."""
    given: dict[str, Any] = {"kind": item.kind, "body": item.body, "score": item.score}
    if old.body is None or all(getattr(old, name) == value for name, value in given.items()):
        return Outcome.UNCHANGED
    post = await tx.lock(Post, old.id, **given)
    if old.body != item.body:
        await keep_revision(tx, post, old.body)
    tx.publish(PostEdited(community_id=old.community_id, post_id=old.id, topic_id=old.topic_id))
    return Outcome.CHANGED


def _publish(tx: Tx, provider: str, new: dict[UUID, Post]) -> None:
    actor = importer(provider)
    for post in new.values():
        tx.publish(
            PostCreated(
                community_id=post.community_id,
                occurred_at=post.created_at,
                actor=actor,
                post_id=post.id,
                topic_id=post.topic_id,
                kind=post.kind,
                member_id=None,
                identity_id=post.author_identity_id,
                reply_to=post.reply_to,
            )
        )


async def _accept(
    tx: Tx, community_id: UUID, topics: dict[UUID, Topic], accepted: dict[UUID, UUID | None]
) -> None:
    for topic_id, post_id in accepted.items():
        if topics[topic_id].accepted_post_id != post_id:
            await tx.lock(Topic, topic_id, accepted_post_id=post_id)
            tx.publish(TopicEdited(community_id=community_id, topic_id=topic_id))


@router.post(
    "/v1/communities/{community_id}/posts/import", allows="content.import", body_limit=BODY_LIMIT_BYTES
)
async def post_posts_import(community_id: UUID, command: ImportPosts, write: Write) -> ImportedView:
    return await write(import_posts, community_id, command)
