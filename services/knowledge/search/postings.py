"""What is read of the postings: how many there are, the best documents, and what those have of some words.

One statement adds up a query: for each of its words the database reads one stretch of the index. Words and
what they weigh are parameters, so that there are few statements, compiled once (padding).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import col

from services.knowledge.search.models import IndexSize, Posting
from services.knowledge.search.padding import padded
from services.knowledge.search.rules import K1, B
from shared.store import Tx, constant


class Hit(NamedTuple):
    """A document by its number, who may find it, and how well it fits."""

    document: int
    audience: int
    score: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What the postings are asked: words with their factors, words all of which or none of which must be
    there, by term id, and the audiences that may be shown; None shows all."""

    factors: Mapping[int, float]
    required: Sequence[int]
    excluded: Sequence[int]
    audiences: Sequence[int] | None


class Counts(NamedTuple):
    """How many documents have each of some terms, all of them and those that may be shown; those that none
    has are missing."""

    held: dict[int, int]
    shown: dict[int, int]


async def counts(tx: Tx, ids: Sequence[int], audiences: Sequence[int] | None) -> Counts:
    """How many documents there are of each term, and of these audiences (None: all)."""
    if not ids or audiences == []:
        return Counts({}, {})
    if audiences is None:
        held = {row.term_id: row.documents for row in await tx.all(COUNTS, {"terms": padded(ids)})}
        return Counts(held, held)
    rows = await tx.all(COUNTS_AMONG, {"terms": padded(ids), "audiences": padded(audiences)})
    return Counts(
        {row.term_id: row.documents for row in rows}, {row.term_id: row.shown for row in rows if row.shown}
    )


async def counts_up_to(
    tx: Tx, ids: Sequence[int], most: int, audiences: Sequence[int] | None = None
) -> dict[int, int]:
    """As many as may be shown, but `most` of a word that so many have altogether: nobody looks further."""
    if not ids or audiences == []:
        return {}
    wanted = padded(ids)
    given: dict[str, Any] = {f"term_{number}": term for number, term in enumerate(wanted)}
    if audiences is not None:
        given["audiences"] = padded(audiences)
    rows = await tx.all(_counts_up_to(len(wanted), audiences is not None), given | {"most": most})
    found = {row.term_id: most if row.documents == most else row.shown for row in rows}
    return {term: count for term, count in found.items() if count}


async def best(tx: Tx, size: IndexSize, asked: Asked, most: int) -> list[Hit]:
    """The documents that fit best, at most so many, the better first, among equals the fresher."""
    if not asked.factors or asked.audiences == []:
        return []
    words = [(term, factor, 0, 0) for term, factor in asked.factors.items()]
    words += [(term, 0.0, 1, 0) for term in asked.required]
    words += [(term, 0.0, 0, 1) for term in asked.excluded]
    conditional = bool(asked.required or asked.excluded)
    words = words + [(0, 0.0, 0, 0)] * (len(padded(words)) - len(words))
    average = size.length / max(size.documents, 1)
    given: dict[str, Any] = {"most": most, "still": K1 * (1 - B), "by_length": K1 * B / max(average, 1e-9)}
    for number, (term, factor, needed, unwanted) in enumerate(words):
        given |= {f"term_{number}": term, f"factor_{number}": factor * (K1 + 1)}
        if conditional:
            given |= {f"required_{number}": needed, f"unwanted_{number}": unwanted}
    if conditional:
        given["needed"] = len(asked.required)
    if asked.audiences is not None:
        given["audiences"] = padded(asked.audiences)
    rows: list[Hit] = await tx.all(_best(len(words), conditional, asked.audiences is not None), given)
    return rows


class Part(NamedTuple):
    """One word of one document; its places as kept (terms.read)."""

    document: int
    term_id: int
    weight: int
    length: int
    places: bytes


async def parts(tx: Tx, ids: Sequence[int], documents: Sequence[int]) -> list[Part]:
    """What these documents have of these terms."""
    if not ids or not documents:
        return []
    rows: list[Part] = await tx.all(PARTS, {"terms": padded(ids), "documents": padded(documents)})
    return rows


@lru_cache(maxsize=40)
def _counts_up_to(words: int, limited: bool) -> Any:
    word = _words(words, {"term": sa.BigInteger()})

    def counted(shown: sa.ColumnElement[bool]) -> Any:
        stretch = (
            sa.select(sa.case((shown, 1)).label("one"))
            .where(col(Posting.term_id) == word.c.term)
            .limit(sa.bindparam("most", type_=sa.Integer()))
            .correlate(word)
            .subquery()
        )
        return sa.select(sa.func.count(stretch.c.one)).correlate(word).scalar_subquery()

    held = counted(sa.true())
    shown = counted(col(Posting.audience).in_(_AUDIENCES)) if limited else held
    return constant(sa.select(word.c.term.label("term_id"), held.label("documents"), shown.label("shown")))


@lru_cache(maxsize=100)
def _best(words: int, conditional: bool, limited: bool) -> Any:
    """The statement for so many words, of which some must or must not be there, for some audiences."""
    columns: dict[str, Any] = {"term": sa.BigInteger(), "factor": sa.Float(53)}
    if conditional:
        columns |= {"required": sa.Integer(), "unwanted": sa.Integer()}
    word = _words(words, columns)
    weight = col(Posting.weight)
    bounded = weight + _number("still") + _number("by_length") * col(Posting.length)
    worth: Any = word.c.factor * weight / bounded
    found: Any = sa.select(col(Posting.document))
    if words == 1 and not conditional:
        score, found = worth, found.add_columns(col(Posting.audience), _as_it_comes(worth))
    else:
        score = sa.func.sum(worth)
        audience = sa.func.max(col(Posting.audience)).label("audience")
        found = found.add_columns(audience, _as_it_comes(score)).group_by(col(Posting.document))
    found = found.join_from(word, Posting, col(Posting.term_id) == word.c.term)
    if limited:
        found = found.where(col(Posting.audience).in_(_AUDIENCES))
    if conditional:
        needed = sa.bindparam("needed", type_=sa.Integer())
        found = found.having(
            sa.func.sum(word.c.required) >= needed, sa.func.sum(word.c.unwanted) == 0, score > 0
        )
    most = sa.bindparam("most", type_=sa.Integer())
    return constant(found.order_by(score.desc(), col(Posting.document).desc()).limit(most))


def _words(count: int, columns: dict[str, Any]) -> Any:
    """So many rows of parameters, `<column>_<row>`, as a table."""
    rows = [
        tuple(sa.bindparam(f"{name}_{row}", type_=kind) for name, kind in columns.items())
        for row in range(count)
    ]
    return sa.values(*(sa.column(name, kind) for name, kind in columns.items())).data(rows).cte("word")


def _number(name: str) -> Any:
    return sa.bindparam(name, type_=sa.Float(53))


def _as_it_comes(score: Any) -> Any:
    """A float needs nothing done to it; SQLAlchemy would ask the driver what kind it is."""
    return sa.type_coerce(score, sa.types.NULLTYPE).label("score")


_TERMS: Any = sa.bindparam("terms", type_=sa.BigInteger(), expanding=True)
_AUDIENCES: Any = sa.bindparam("audiences", type_=sa.SmallInteger(), expanding=True)
_COUNTED: Any = sa.select(col(Posting.term_id), sa.func.count().label("documents")).where(
    col(Posting.term_id).in_(_TERMS)
)
COUNTS = constant(_COUNTED.group_by(col(Posting.term_id)))
COUNTS_AMONG = constant(
    _COUNTED.add_columns(
        sa.func.count(sa.case((col(Posting.audience).in_(_AUDIENCES), 1))).label("shown")
    ).group_by(col(Posting.term_id))
)
PARTS = constant(
    sa.select(
        col(Posting.document),
        col(Posting.term_id),
        col(Posting.weight),
        col(Posting.length),
        col(Posting.places),
    ).where(
        col(Posting.term_id).in_(_TERMS),
        col(Posting.document).in_(sa.bindparam("documents", type_=sa.BigInteger(), expanding=True)),
    )
)
