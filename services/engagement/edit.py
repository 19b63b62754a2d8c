"""Edit a post: PATCH /posts/{id} -> its author only, the former body stays as a revision -> PostEdited."""

from uuid import UUID

from pydantic import AwareDatetime
from sqlmodel import bindparam, select

from services.engagement.inputs import Body
from services.engagement.models import POST, Post, Revision, Topic
from services.engagement.posts import PostView
from services.engagement.rules import PostState
from shared.contracts.engagement import PostEdited
from shared.identity import Actor
from shared.problems import Forbidden, InvalidTransition
from shared.route import Command, Cursor, Limit, Page, Read, Router, View, Write
from shared.store import Tx, constant, scope

router = Router(tags=["posts"])


class EditPost(Command):
    body: Body


class RevisionView(View):
    """What the post said at `revised_version`, until `replaced_at`."""

    revised_version: int
    body: str
    replaced_at: AwareDatetime


class NotTheAuthor(Forbidden):
    title = "Only the author edits a post"


_REVISIONS = constant(select(Revision).where(scope(Revision), Revision.of_id == bindparam("of_id")))


async def edit_post(tx: Tx, actor: Actor, community_id: UUID, post_id: UUID, command: EditPost) -> Post:
    post = await tx.lock(Post, post_id)
    if actor.member_id is None or post.author_member_id != actor.member_id:
        raise NotTheAuthor
    if post.body is None:
        raise InvalidTransition(state=PostState.DELETED, allowed=[])
    if post.body != command.body:
        await keep_revision(tx, post, post.body)
        post = await tx.update(Post, post_id, body=command.body)
    tx.publish(PostEdited(community_id=community_id, post_id=post_id, topic_id=post.topic_id))
    return post


async def keep_revision(tx: Tx, changed: Post | Topic, body: str) -> None:
    """Keep what a post or topic said before the change that its lock began."""
    await tx.insert(
        Revision(
            community_id=changed.community_id,
            of_id=changed.id,
            revised_version=changed.version - 1,
            body=body,
            replaced_at=tx.now,
        )
    )


async def revisions_of(
    tx: Tx, _actor: Actor, _community_id: UUID, post_id: UUID, limit: int, cursor: str | None
) -> Page[Revision]:
    await tx.one(POST, {"id": post_id})
    by = (Revision.revised_version,)
    return await tx.page(_REVISIONS, {"of_id": post_id}, by=by, limit=limit, cursor=cursor)


@router.patch("/v1/communities/{community_id}/posts/{post_id}", allows="post.write", versioned=True)
async def patch_post(community_id: UUID, post_id: UUID, command: EditPost, write: Write) -> PostView:
    return await write(edit_post, community_id, post_id, command)


@router.get("/v1/communities/{community_id}/posts/{post_id}/revisions", allows="topic.read")
async def get_revisions(
    community_id: UUID, post_id: UUID, read: Read, limit: Limit = 20, cursor: Cursor = None
) -> Page[RevisionView]:
    return await read(revisions_of, community_id, post_id, limit, cursor)
