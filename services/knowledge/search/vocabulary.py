"""The words a community's texts have: learned with the first document, forgotten with the last."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.search import terms
from services.knowledge.search.models import Posting, Word
from services.knowledge.search.padding import chunks, padded
from services.knowledge.search.rules import edits, forgiven
from shared.store import Tx, across, constant, scope

MOST_PREFIXED = 32
"""Words one prefix stands for; the first by letters when there are more."""
MOST_LEARNED = 3_000
"""Words one document teaches, the first it has; each is kept several times (terms.variants)."""
_LAST_CHARACTER = "\U0010ffff"


async def learn(tx: Tx, community_id: UUID, written: Mapping[str, str]) -> None:
    """Have these terms known, with the words they stand for; numbers are not misspelled, but miscounted."""
    new = [term for term in written if term.isalpha()]
    left = MOST_LEARNED
    for some in chunks(new):
        known = {row.term for row in await tx.all(KNOWN, {"terms": some})}
        learned = sorted(set(some) - known)[:left]
        left -= len(learned)
        rows = [
            {
                "community_id": community_id,
                "variant": variant,
                "term": term,
                "written": written[term],
                "term_id": terms.term_id(community_id, term),
            }
            for term in learned
            for variant in sorted(terms.variants(term))
        ]
        await tx.execute(tx.upsert(Word).on_conflict_do_nothing(), rows)


async def forget(tx: Tx, gone: Collection[str]) -> None:
    """Unlearn those of the terms that no document has any more."""
    ids = [terms.term_id(tx.community_id, term) for term in gone] if tx.community_id else []
    for some in chunks(ids):
        await tx.execute(FORGET, {"terms": some})


async def beginning_with(tx: Tx, prefix: str) -> list[str]:
    """Terms that begin like this."""
    rows = await tx.all(PREFIXED, {"low": prefix, "high": prefix + _LAST_CHARACTER})
    return [row.term for row in rows]


async def similar(tx: Tx, term: str) -> list[tuple[int, str, str]]:
    """Known terms that may be meant, as (errors between them, term, as written), fewest errors first."""
    allowed = forgiven(term)
    if not allowed:
        return []
    rows = await tx.all(SIMILAR, {"variants": padded(sorted(terms.variants(term)))})
    found = {(edits(term, row.term, allowed), row.term, row.written) for row in rows if row.term != term}
    return sorted(each for each in found if each[0] <= allowed)


_TERMS: Any = sa.bindparam("terms", expanding=True)
KNOWN = constant(
    sa.select(col(Word.term)).where(
        scope(Word), col(Word.variant).in_(_TERMS), col(Word.term) == Word.variant
    )
)
FORGET = constant(
    across(
        sa.delete(Word).where(
            col(Word.term_id).in_(_TERMS), ~sa.exists().where(col(Posting.term_id) == Word.term_id)
        ),
        why="a term id is a digest of its community and the word",
    )
)
PREFIXED = constant(
    sa.select(col(Word.term))
    .where(
        scope(Word),
        col(Word.variant) >= sa.bindparam("low"),
        col(Word.variant) < sa.bindparam("high"),
        col(Word.term) == Word.variant,
    )
    .order_by(col(Word.variant))
    .limit(MOST_PREFIXED)
)
SIMILAR = constant(
    select(Word)
    .where(scope(Word), col(Word.variant).in_(sa.bindparam("variants", expanding=True)))
    .limit(400)
)
