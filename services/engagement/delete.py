"""Delete a post: DELETE /posts/{id} -> its author or a moderator; text and revisions go -> PostDeleted."""

from uuid import UUID

from sqlmodel import bindparam, col, delete

from services.engagement.models import Post, Revision
from services.engagement.rules import POST_MOVES, PostState
from shared.contracts.engagement import PostDeleted
from shared.identity import Actor
from shared.problems import Forbidden, InvalidTransition
from shared.route import Router, Write
from shared.store import Tx, constant, scope

router = Router(tags=["posts"])


class NotYours(Forbidden):
    title = "Only the author or a moderator deletes a post"


_FORGET_REVISIONS = constant(
    delete(Revision).where(scope(Revision), col(Revision.of_id) == bindparam("of_id"))
)


async def delete_post(tx: Tx, actor: Actor, community_id: UUID, post_id: UUID) -> None:
    post = await tx.lock(Post, post_id)
    is_author = actor.member_id is not None and post.author_member_id == actor.member_id
    if not is_author and not actor.may("topic.moderate", "engagement"):
        raise NotYours
    if PostState.DELETED not in POST_MOVES[post.state]:
        raise InvalidTransition(state=post.state, allowed=sorted(POST_MOVES[post.state]))
    await tx.update(Post, post_id, state=PostState.DELETED, body=None)
    await tx.execute(_FORGET_REVISIONS, {"of_id": post_id})
    tx.publish(PostDeleted(community_id=community_id, post_id=post_id, topic_id=post.topic_id))
    if not is_author:
        tx.audit("post.delete", post_id)


@router.delete(
    "/v1/communities/{community_id}/posts/{post_id}", status_code=204, allows="post.write", versioned=True
)
async def delete_post_of(community_id: UUID, post_id: UUID, write: Write) -> None:
    return await write(delete_post, community_id, post_id)
