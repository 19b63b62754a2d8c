"""Import topics: POST /topics/import -> at their own times, repeatable -> TopicCreated, TopicEdited."""

from typing import Annotated, Any
from uuid import UUID

from annotated_types import MaxLen, MinLen
from pydantic import Field

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
from services.engagement.inputs import Body, Ref, Refusal, Score, Tags, Title, Word
from services.engagement.models import LOCKED_CHANNEL, TOPICS, Topic
from services.engagement.rules import BATCH, TopicKind
from shared.contracts.engagement import TopicCreated, TopicEdited
from shared.identity import Actor
from shared.route import Command, Instant, Router, Write
from shared.store import Tx

router = Router(tags=["imports"])


class TopicOfOld(Command):
    """A topic of another platform: `ref` is its id there, `subject` its author's (null when unknown)."""

    ref: Ref
    kind: TopicKind
    title: Title
    body: Body
    tags: Tags = Field(default_factory=list)
    subject: Ref | None = None
    at: Instant
    score: Score = 0


class ImportTopics(Command):
    provider: Word
    channel_id: UUID
    items: Annotated[list[TopicOfOld], MinLen(1), MaxLen(BATCH)]


async def import_topics(tx: Tx, _actor: Actor, community_id: UUID, command: ImportTopics) -> ImportedView:
    """The channel is locked first: of two imports of the same topics one finds the other's rows."""
    await tx.one(LOCKED_CHANNEL, {"id": command.channel_id})
    subjects = (item.subject for item in command.items)
    erased = await erased_subjects(tx, community_id, command.provider, subjects)
    ids = [rules.imported_topic_id(community_id, command.provider, item.ref) for item in command.items]
    known = {topic.id: topic for topic in await tx.all(TOPICS, {"ids": ids})}
    new: dict[UUID, Topic] = {}
    answers: list[ImportedItem] = []
    for id_, item in zip(ids, command.items, strict=True):
        outcome, reason = Outcome.REFUSED, None
        if id_ in new:
            reason = Refusal.REPEATED
        elif item.subject in erased:
            reason = Refusal.ERASED
        elif not rules.is_plausible(item.at, tx.now):
            reason = Refusal.IMPLAUSIBLE_TIME
        elif id_ in known:
            outcome = await _revise(tx, known[id_], item)
        else:
            outcome, new[id_] = Outcome.CREATED, _topic(community_id, id_, command, item)
        answers.append(ImportedItem(ref=item.ref, id=id_, outcome=outcome, reason=reason))
    await tx.insert(list(new.values()))
    _publish(tx, command.provider, new)
    tx.audit("topic.import", command.channel_id)
    return ImportedView(items=answers)


def _topic(community_id: UUID, id_: UUID, command: ImportTopics, item: TopicOfOld) -> Topic:
    return Topic(
        id=id_,
        community_id=community_id,
        channel_id=command.channel_id,
        kind=item.kind,
        title=item.title,
        body=item.body,
        tags=item.tags,
        author_identity_id=imported_author(community_id, command.provider, item.subject),
        score=item.score,
        created_at=item.at,
    )


async def _revise(tx: Tx, old: Topic, item: TopicOfOld) -> Outcome:
    """Take over what changed on the other platform; the author and the time stay as first told."""
    given: dict[str, Any] = item.model_dump(include={"kind", "title", "body", "tags", "score"})
    # No topic ever had an empty text, but for one whose author was erased.
    if not old.body or all(getattr(old, name) == value for name, value in given.items()):
        return Outcome.UNCHANGED
    topic = await tx.lock(Topic, old.id, **given)
    if old.body != item.body:
        await keep_revision(tx, topic, old.body)
    tx.publish(TopicEdited(community_id=old.community_id, topic_id=old.id))
    return Outcome.CHANGED


def _publish(tx: Tx, provider: str, new: dict[UUID, Topic]) -> None:
    actor = importer(provider)
    for topic in new.values():
        tx.publish(
            TopicCreated(
                community_id=topic.community_id,
                occurred_at=topic.created_at,
                actor=actor,
                topic_id=topic.id,
                channel_id=topic.channel_id,
                kind=topic.kind,
                member_id=None,
                identity_id=topic.author_identity_id,
            )
        )


@router.post(
    "/v1/communities/{community_id}/topics/import", allows="content.import", body_limit=BODY_LIMIT_BYTES
)
async def post_topics_import(community_id: UUID, command: ImportTopics, write: Write) -> ImportedView:
    return await write(import_topics, community_id, command)
