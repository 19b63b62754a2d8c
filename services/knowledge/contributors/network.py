"""The network of contributors: GET /contributors/network -> who worked at the same, and how often."""

from collections import Counter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.knowledge.articles.models import Article, Contributor
from services.knowledge.articles.rules import READABLE
from services.knowledge.contributors.find import READ_ANSWERS
from services.knowledge.questions.models import Answer
from shared.identity import Actor
from shared.route import Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["contributors"])

EDGES = 200
OF_ONE = 50
"""Members of one article or question that are looked at; a thousand would make half a million pairs."""


class NodeView(View):
    """A member; `weight` is the sum of their edges."""

    member_id: UUID
    weight: int


class EdgeView(View):
    """Two members who wrote at the same articles or answered the same questions: `weight` of them."""

    a: UUID
    b: UUID
    weight: int


class NetworkView(View):
    """The strongest edges, 200 at most, and the members they join."""

    nodes: list[NodeView]
    edges: list[EdgeView]


async def network(tx: Tx, _actor: Actor, _community_id: UUID) -> NetworkView:
    """Who worked together, the closest first."""
    edges = [EdgeView.model_validate(row) for row in await tx.all(TOGETHER)]
    weights: Counter[UUID] = Counter()
    for edge in edges:
        weights.update({edge.a: edge.weight, edge.b: edge.weight})
    ranked = sorted(weights.items(), key=lambda each: (-each[1], each[0]))
    return NetworkView(nodes=[NodeView(member_id=m, weight=w) for m, w in ranked], edges=edges)


_WROTE: Any = (
    sa.select(col(Contributor.article_id).label("of_id"), col(Contributor.member_id).label("member_id"))
    .join(Article, col(Article.id) == col(Contributor.article_id))
    .where(scope(Contributor), scope(Article), col(Article.state).in_(sorted(READABLE)))
)
_ANSWERED = sa.select(col(Answer.question_id), col(Answer.author_id)).where(
    scope(Answer), col(Answer.author_id).is_not(None), col(Answer.state).in_(READ_ANSWERS)
)
_EACH = sa.union(_WROTE, _ANSWERED).subquery()
_PLACE = sa.func.row_number().over(partition_by=_EACH.c.of_id, order_by=_EACH.c.member_id)
_PLACED = sa.select(_EACH.c.of_id, _EACH.c.member_id, _PLACE.label("place")).subquery()
_SOME = sa.select(_PLACED.c.of_id, _PLACED.c.member_id).where(_PLACED.c.place <= OF_ONE).cte("together")
_A, _B = _SOME.alias("a"), _SOME.alias("b")
_WEIGHT = sa.func.count().label("weight")
TOGETHER: Any = constant(
    sa.select(_A.c.member_id.label("a"), _B.c.member_id.label("b"), _WEIGHT)
    .join(_B, sa.and_(_A.c.of_id == _B.c.of_id, _A.c.member_id < _B.c.member_id))
    .group_by(_A.c.member_id, _B.c.member_id)
    .order_by(_WEIGHT.desc(), _A.c.member_id, _B.c.member_id)
    .limit(EDGES)
)


@router.get("/v1/communities/{community_id}/contributors/network", allows="contributor.read")
async def get_contributors_network(community_id: UUID, read: Read) -> NetworkView:
    return await read(network, community_id, long=True)
