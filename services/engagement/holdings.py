"""What is somebody's here: the rows of each table that a member, or an identity, wrote or caused."""

from typing import Any

from sqlalchemy import bindparam, or_
from sqlmodel import col, select

from services.engagement.models import Activity, Post, Presence, Reaction, Revision, Topic
from shared.data_subjects import Holding
from shared.store import scope

MEMBERS: Any = bindparam("members", expanding=True)
IDENTITIES: Any = bindparam("identities", expanding=True)


def _written(model: type[Any]) -> Any:
    return or_(model.author_member_id.in_(MEMBERS), model.author_identity_id.in_(IDENTITIES))


_AUTHORED = (
    select(Post.id)
    .where(scope(Post), _written(Post))
    .union_all(select(Topic.id).where(scope(Topic), _written(Topic)))
)
HOLDINGS = (
    Holding(Topic, _written(Topic)),
    Holding(Post, _written(Post)),
    Holding(Revision, col(Revision.of_id).in_(_AUTHORED)),
    Holding(Reaction, col(Reaction.member_id).in_(MEMBERS)),
    Holding(Presence, col(Presence.member_id).in_(MEMBERS)),
    Holding(Activity, col(Activity.identity_id).in_(IDENTITIES)),
)
