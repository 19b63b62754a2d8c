"""The index: documents, which words stand where in them, and what was asked of it.

A word is known by `term_id`, a digest of the community and the analysed word: postings of two communities
never meet, and whoever writes one needs to ask nobody for a number. A document is known by `number`, given by
its community's IndexSize, so that a word's postings lie in the order they came.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, LargeBinary, SmallInteger, String, UniqueConstraint
from sqlmodel import Field

from services.knowledge.rules import Visibility
from services.knowledge.search.rules import Found, Standing
from services.knowledge.tables import Base
from shared.ids import uuid7
from shared.store import pii


class IndexSize(Base, table=True):
    """How much a community's index holds; `next_number` is for the next document.

    `length` is the sum of the documents' lengths, `languages` how many documents there are in each.
    """

    __tablename__ = "index_size"

    community_id: UUID = Field(primary_key=True)
    next_number: int = Field(default=1, sa_type=BigInteger)
    documents: int = Field(default=0, sa_type=BigInteger)
    length: int = Field(default=0, sa_type=BigInteger)
    languages: dict[str, int] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs=pii("none"))


class Audience(Base, table=True):
    """A kind of thing with the same readers and the same standing.

    Postings carry its number, so that a search never touches what it may not show.
    """

    __tablename__ = "audience"

    community_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=SmallInteger)
    kind: Found
    visibility: Visibility
    requires: str | None = Field(max_length=250, sa_column_kwargs=pii("none"))
    standing: Standing


class SearchDocument(Base, table=True):
    """Something that can be found, and what is shown of it.

    The number grows with each change: among equals the freshest comes first. `text` is what highlights are
    cut from, `vector` the analysed words with their weights: what its postings say, and what feedback reads.
    """

    __tablename__ = "search_document"
    __table_args__ = (Index("search_document_number_idx", "community_id", "number", unique=True),)

    id: UUID = Field(primary_key=True)
    community_id: UUID
    number: int = Field(sa_type=BigInteger)
    audience: int = Field(sa_type=SmallInteger)
    length: int
    kind: Found
    parent_id: UUID | None
    slug: str | None = Field(max_length=120, sa_column_kwargs=pii("none"))
    language: str = Field(max_length=35, sa_column_kwargs=pii("none"))
    digest: str = Field(max_length=64, sa_column_kwargs=pii("none"))
    fresh_at: datetime
    title: str = Field(max_length=200, sa_column_kwargs=pii("freetext"))
    tags: list[str] = Field(sa_type=JSON, sa_column_kwargs=pii("none"))
    vector: dict[str, int] = Field(sa_type=JSON, sa_column_kwargs=pii("freetext"))
    text: str = Field(sa_column_kwargs=pii("freetext"))


class Posting(Base, table=True):
    """One word of one document: what it weighs, where it stands, how long the document is."""

    __tablename__ = "posting"
    __table_args__ = ({"info": {"tenant": None}, "sqlite_with_rowid": False},)

    term_id: int = Field(primary_key=True, sa_type=BigInteger)
    document: int = Field(primary_key=True, sa_type=BigInteger)
    weight: int = Field(sa_type=SmallInteger)
    length: int
    audience: int = Field(sa_type=SmallInteger)
    places: bytes = Field(sa_type=LargeBinary, sa_column_kwargs=pii("none"))
    """See terms.written."""


_IN_ORDER = String(64).with_variant(String(64, collation="C"), "postgresql")
"""In the order of code points, whatever the database's language: words with a prefix stand together."""


class Word(Base, table=True):
    """The community's vocabulary, each term also by what it is without one letter (terms.variants)."""

    __tablename__ = "word"
    __table_args__ = (Index("word_term_id_idx", "term_id"),)

    community_id: UUID = Field(primary_key=True)
    variant: str = Field(primary_key=True, sa_type=_IN_ORDER, sa_column_kwargs=pii("freetext"))
    term: str = Field(primary_key=True, max_length=64, sa_column_kwargs=pii("freetext"))
    written: str = Field(max_length=64, sa_column_kwargs=pii("freetext"))
    """The term as a text first had it."""
    term_id: int = Field(sa_type=BigInteger)


class SearchLog(Base, table=True):
    """One search: what was wanted, how much was found, what was opened; kept 90 days.

    `searcher` is a keyed hash of who searched, so that people can be counted and found for an erasure.
    """

    __tablename__ = "search_log"
    __table_args__ = (
        Index("search_log_at_idx", "at", "id"),
        Index("search_log_query_idx", "community_id", "query", "hits"),
        Index("search_log_searcher_idx", "community_id", "searcher"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    query: str = Field(max_length=200, sa_column_kwargs=pii("freetext"))
    hits: int
    searcher: str | None = Field(max_length=64, sa_column_kwargs=pii("behaviour"))
    clicked_rank: int | None = None
    clicked_id: UUID | None = None
    at: datetime


class SearchGap(Base, table=True):
    """A query at least five people searched for in vain; `solved_at` is when something was found for it."""

    __tablename__ = "search_gap"
    __table_args__ = (
        UniqueConstraint("community_id", "query", name="query"),
        Index("search_gap_detected_at_idx", "community_id", "detected_at", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    query: str = Field(max_length=200, sa_column_kwargs=pii("freetext"))
    searchers: int
    detected_at: datetime
    last_at: datetime
    solved_at: datetime | None = None
    version: int = 1
