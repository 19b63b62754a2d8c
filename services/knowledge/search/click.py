"""Say what was opened: POST /search/{id}/clicks -> the first one counts -> SearchPerformedBatch again."""

from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col, select

from services.knowledge.search import log
from services.knowledge.search.models import SearchLog
from services.knowledge.search.ranking import MOST
from shared.contracts.knowledge import PerformedSearch
from shared.identity import Actor
from shared.problems import Conflict
from shared.route import Command, Router, Stored, View, Whole, Write
from shared.store import Tx, constant, scope

router = Router(tags=["search"])


class Click(Command):
    """What was opened of a search's hits, and at which place it was."""

    id: UUID
    rank: Annotated[int, Field(ge=1, le=MOST), Whole]


class NothingWasFound(Conflict):
    """The search led to nothing that could have been opened."""

    title = "Nothing was found"


class ClickedView(View):
    """What counts as opened of the search: what was said first."""

    search_id: UUID
    id: UUID
    rank: int


async def click(tx: Tx, actor: Actor, community_id: UUID, search_id: UUID, command: Click) -> ClickedView:
    """Count the search as one that led somewhere."""
    del actor
    search = await tx.one(HOLD_SEARCH, {"search_id": search_id})
    if search.hits == 0:
        raise NothingWasFound
    if search.clicked_id is None:
        await tx.execute(CLICK, {"search_id": search_id, "rank": command.rank, "clicked": command.id})
        told = PerformedSearch(search_id=search_id, at=search.at, hits=search.hits, clicked=True)
        tx.publish(log.batch_of(community_id, [told]))
    return ClickedView(
        search_id=search_id, id=search.clicked_id or command.id, rank=search.clicked_rank or command.rank
    )


@router.post("/v1/communities/{community_id}/search/{search_id}/clicks", status_code=201, allows="search.use")
async def post_search_click(
    community_id: UUID, search_id: UUID, command: Click, write: Write, store: Stored
) -> ClickedView:
    await log.written(store)
    return await write(click, community_id, search_id, command)


_THIS = (scope(SearchLog), col(SearchLog.id) == sa.bindparam("search_id"))
HOLD_SEARCH = constant(select(SearchLog).where(*_THIS).with_for_update())
CLICK = constant(
    sa.update(SearchLog)
    .where(*_THIS)
    .values(
        clicked_rank=sa.bindparam("rank"),
        clicked_id=sa.bindparam("clicked", type_=SearchLog.__table__.c.clicked_id.type),  # type: ignore[attr-defined]
    )
)
