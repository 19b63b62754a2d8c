"""React to a post: PUT and DELETE /posts/{id}/reactions/{kind} -> one per member and kind -> PostReacted."""

from uuid import UUID

from sqlmodel import bindparam, select

from services.engagement import rules
from services.engagement.authors import member_of
from services.engagement.models import Post, Reaction
from services.engagement.rules import POST_MOVES, PostState, ReactionKind
from shared.contracts.engagement import PostReacted
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Router, View, Write
from shared.store import Tx, constant, scope
from shared.tombstones import refuse_erased

router = Router(tags=["reactions"])


class ReactionsView(View):
    """How often each kind of reaction stands on a post."""

    post_id: UUID
    reactions: dict[ReactionKind, int]


_LOCKED_POST = constant(select(Post).where(scope(Post), Post.id == bindparam("id")).with_for_update())
_REACTION = constant(select(Reaction).where(scope(Reaction), Reaction.id == bindparam("id")))


async def react(
    tx: Tx, actor: Actor, community_id: UUID, post_id: UUID, kind: ReactionKind, active: bool
) -> ReactionsView:
    """Repeating it changes nothing. The post's row is locked first, so its members' toggles queue up."""
    member_id = member_of(actor)
    await refuse_erased(tx, member_id)
    post = await tx.one(_LOCKED_POST, {"id": post_id})
    if post.state is not PostState.VISIBLE:
        raise InvalidTransition(state=post.state, allowed=sorted(POST_MOVES[post.state]))
    reaction_id = rules.reaction_id(post_id, member_id, kind)
    standing = await tx.first(_REACTION, {"id": reaction_id})
    if active == (standing is not None and standing.active):
        return ReactionsView(post_id=post_id, reactions=post.reactions)
    if standing is None:
        await tx.insert(
            Reaction(
                id=reaction_id,
                community_id=community_id,
                post_id=post_id,
                member_id=member_id,
                kind=kind,
                active=True,
                version=1,
            )
        )
    else:
        await tx.lock(Reaction, reaction_id, active=active)
    counts = rules.counted(post.reactions, kind, 1 if active else -1)
    await tx.update(Post, post_id, reactions=counts, updated_at=tx.now)
    tx.publish(
        PostReacted(
            community_id=community_id,
            reaction_id=reaction_id,
            post_id=post_id,
            member_id=member_id,
            kind=kind,
            active=active,
        )
    )
    return ReactionsView(post_id=post_id, reactions=counts)


@router.put("/v1/communities/{community_id}/posts/{post_id}/reactions/{kind}", allows="post.react")
async def put_reaction(community_id: UUID, post_id: UUID, kind: ReactionKind, write: Write) -> ReactionsView:
    return await write(react, community_id, post_id, kind, True)


@router.delete("/v1/communities/{community_id}/posts/{post_id}/reactions/{kind}", allows="post.react")
async def delete_reaction(
    community_id: UUID, post_id: UUID, kind: ReactionKind, write: Write
) -> ReactionsView:
    return await write(react, community_id, post_id, kind, False)
