"""The names articles go by in addresses: made of titles, unique in the community, kept when they change."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.articles.models import Slug
from services.knowledge.articles.rules import SLUG_LENGTH, slug_of
from shared.store import Tx, constant, scope

TRIES = 10


async def take_slug(tx: Tx, community_id: UUID, article_id: UUID, wanted: str) -> str:
    """A name for the article that nobody has or had: `wanted`, then with -2, -3 and so on, then with a part
    of its id, as when nothing of `wanted` can be written in an address."""
    own = article_id.hex[-8:]
    name = slug_of(wanted) or f"article-{own}"
    for number in range(1, TRIES):
        ending = f"-{number}" if number > 1 else ""
        if await claim(tx, community_id, article_id, cut := _cut(name, ending)):
            return cut
    last = _cut(name, f"-{article_id.hex}")
    await claim(tx, community_id, article_id, last)
    return last


async def claim(tx: Tx, community_id: UUID, article_id: UUID, slug: str) -> bool:
    """Take the name for good; whether it was free. Waits for whoever takes it at this moment."""
    row = {"community_id": community_id, "slug": slug, "article_id": article_id, "created_at": tx.now}
    return await tx.execute(tx.upsert(Slug).on_conflict_do_nothing(), row) > 0


async def bearer_of(tx: Tx, slug: str) -> UUID | None:
    """The article that goes or went by the name."""
    row = await tx.first(THE_SLUG, {"slug": slug})
    return row.article_id if row is not None else None


def _cut(name: str, ending: str) -> str:
    return name[: SLUG_LENGTH - len(ending)].rstrip("-") + ending


THE_SLUG = constant(select(Slug).where(scope(Slug), col(Slug.slug) == sa.bindparam("slug")))
