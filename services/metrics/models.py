"""What metrics keeps: the log of activity, who is whom, and generations of exact roll-ups."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, UniqueConstraint, text
from sqlmodel import Field

from services.metrics.footprint import Measure
from services.metrics.lives import Life, Turn
from services.metrics.periods import Step
from shared.store import TableModel, pii, tables_of


class Base(TableModel, registry=tables_of("metrics")):
    """What belongs to metrics alone."""


def number() -> "Column[int]":
    """A primary key the database counts up."""
    return Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


CLUSTERED = {"sqlite_with_rowid": False}
"""Rows lie in the order of their key; SQLite would else keep a second tree."""


ATTENDED = text("kind = 'attend'")


# What happened ------------------------------------------------------------------------------------------


class Community(Base, table=True):
    """What metrics knows of a community; its row is locked by every fold, so folds of one community queue up.

    `high_water` counts the facts applied; `horizon` is the time of the latest activity; `live` is the roll-up
    that answers questions, `building` the one a rebuild is filling."""

    community_id: UUID = Field(primary_key=True)
    timezone: str = Field("UTC", sa_type=String(64), sa_column_kwargs=pii("none"))
    fact_version: int = 0
    high_water: int = 0
    horizon: datetime | None = None
    live: int
    building: int | None = None


class Source(Base, table=True):
    """A fact that was applied, and the aggregate it came from."""

    __table_args__ = (CLUSTERED,)
    community_id: UUID = Field(primary_key=True)
    fact_id: UUID = Field(primary_key=True)
    aggregate: str = Field(sa_type=String(40), sa_column_kwargs=pii("none"))
    aggregate_id: UUID
    aggregate_version: int


class Subject(Base, table=True):
    """A member or an identity of another platform, and whom it counts as.

    `linked` is what facts say: the member an identity is linked to, or a member was merged into. `member` is
    where those links end: all of them count as that one person, and a subject without links as itself."""

    __table_args__ = (
        UniqueConstraint("community_id", "subject_id", name="subject"),
        Index("subject_linked_idx", "linked"),
    )
    no: int = Field(sa_column=number())
    community_id: UUID
    subject_id: UUID
    linked: int | None = None
    member: int | None = None
    fact_version: int = 0


class Activity(Base, table=True):
    """One activity, as it was told. Append only but for `retracted`, and `at` of a reaction given again.

    `fact_id` is the newest fact that counts it or takes it back."""

    __table_args__ = (
        UniqueConstraint("community_id", "activity_id", name="activity"),
        Index("activity_community_id_seq_idx", "community_id", "seq"),
        Index("activity_subject_idx", "subject", "seq"),
        Index(
            "activity_thread_idx",
            "thread",
            "at",
            "activity_id",
            sqlite_where=text("thread IS NOT NULL AND retracted IS 0"),
            postgresql_where=text("thread IS NOT NULL AND retracted IS false"),
        ),
        Index(
            "activity_attended_idx", "community_id", "at", sqlite_where=ATTENDED, postgresql_where=ATTENDED
        ),
    )
    seq: int = Field(sa_column=number())
    community_id: UUID
    activity_id: UUID
    subject: int | None
    kind: str = Field(sa_type=String(40), sa_column_kwargs=pii("behaviour"))
    at: datetime
    thread: UUID | None
    fact_id: UUID
    retracted: bool = False


class EventTally(Base, table=True):
    """What is known of an event's attendance, in seats, by its newest count: nothing about anybody."""

    __tablename__ = "event_tally"
    __table_args__ = (Index("event_tally_starts_at_idx", "community_id", "starts_at"), CLUSTERED)
    community_id: UUID = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True)
    starts_at: datetime
    capacity: int | None
    confirmed: int
    checked_in: int
    late_cancelled: int
    offers: int
    offers_accepted: int
    fact_id: UUID
    fact_version: int


class LifeTurn(Base, table=True):
    """One turn in the life of an article, a question or an inquiry, as a fact told of it: nothing about
    anybody.

    Append only. `until` is when an article published or verified by it ceases to be fresh."""

    __tablename__ = "life_turn"
    __table_args__ = (Index("life_turn_at_idx", "community_id", "life", "at"), CLUSTERED)
    community_id: UUID = Field(primary_key=True)
    life: Life = Field(primary_key=True)
    life_id: UUID = Field(primary_key=True)
    fact_id: UUID = Field(primary_key=True)
    version: int
    turn: Turn
    at: datetime
    until: datetime | None


class ArticleSpan(Base, table=True):
    """A time an article was published without a break (see lives.py); folded from its turns."""

    __tablename__ = "article_span"
    __table_args__ = (CLUSTERED,)
    community_id: UUID = Field(primary_key=True)
    article_id: UUID = Field(primary_key=True)
    since: datetime = Field(primary_key=True)
    fresh_until: datetime
    until: datetime | None


class QuestionOutcome(Base, table=True):
    """What became of a question that is neither closed nor hidden; folded from its turns."""

    __tablename__ = "question_outcome"
    __table_args__ = (Index("question_outcome_asked_at_idx", "community_id", "asked_at"), CLUSTERED)
    community_id: UUID = Field(primary_key=True)
    question_id: UUID = Field(primary_key=True)
    asked_at: datetime
    accepted: bool
    first_accepted_at: datetime | None


# Roll-ups: every row below is derived, and keyed by the roll-up it belongs to ---------------------------


class Rollup(Base, table=True):
    """One generation of derived rows of a community, in one time zone.

    `cursor` is the last activity folded in; null once live: then every activity is."""

    no: int = Field(sa_column=number())
    community_id: UUID = Field(index=True)
    timezone: str = Field(sa_type=String(64), sa_column_kwargs=pii("none"))
    cursor: int | None = Field(None, sa_type=BigInteger)
    created_at: datetime


class Person(Base, table=True):
    """A person's totals; `tail` is where the history must be read from to add a day after `last_day`."""

    __table_args__ = (CLUSTERED,)
    rollup: int = Field(primary_key=True)
    person: int = Field(primary_key=True)
    first_day: int
    last_day: int
    tail: int
    activities: int
    contributions: int


class PersonDay(Base, table=True):
    """What a person did on a day: the finest roll-up, from which any other interval can be counted."""

    __tablename__ = "person_day"
    __table_args__ = (Index("person_day_rollup_day_idx", "rollup", "day"), CLUSTERED)
    rollup: int = Field(primary_key=True)
    person: int = Field(primary_key=True)
    day: int = Field(primary_key=True)
    activities: int
    contributions: int


class PeriodCount(Base, table=True):
    """How many people were active in a day, week, month or ever, and what they did."""

    __tablename__ = "period"
    __table_args__ = (CLUSTERED,)
    rollup: int = Field(primary_key=True)
    step: Step = Field(primary_key=True)
    bucket: int = Field(primary_key=True)
    active: int
    contributors: int
    activities: int
    contributions: int
    newcomers: int
    returners: int
    resurrected: int


class Histogram(Base, table=True):
    """How many people did something so many times in a period."""

    __table_args__ = (CLUSTERED,)
    rollup: int = Field(primary_key=True)
    step: Step = Field(primary_key=True)
    bucket: int = Field(primary_key=True)
    measure: Measure = Field(primary_key=True)
    count: int = Field(primary_key=True)
    people: int


class Cohort(Base, table=True):
    """How many of those first active in the period `first` were active `offset` periods later."""

    __table_args__ = (CLUSTERED,)
    rollup: int = Field(primary_key=True)
    step: Step = Field(primary_key=True)
    offset: int = Field(primary_key=True)
    first: int = Field(primary_key=True)
    people: int


class WindowDelta(Base, table=True):
    """Difference array of the trailing distinct count: its sum up to a day is the count on that day."""

    __tablename__ = "window_delta"
    __table_args__ = (CLUSTERED,)
    rollup: int = Field(primary_key=True)
    window: int = Field(primary_key=True)
    day: int = Field(primary_key=True)
    change: int


class KindDay(Base, table=True):
    """How often a kind of activity happened on a day, by people and by nobody known."""

    __tablename__ = "kind_day"
    __table_args__ = (CLUSTERED,)
    rollup: int = Field(primary_key=True)
    kind: str = Field(sa_type=String(40), primary_key=True, sa_column_kwargs=pii("none"))
    day: int = Field(primary_key=True)
    people: int
    nobody: int


class Thread(Base, table=True):
    """When a thread was opened, by whom, when another person first answered, and how long that took."""

    __table_args__ = (Index("thread_opened_idx", "rollup", "opened_at", "waited_microseconds"), CLUSTERED)
    rollup: int = Field(primary_key=True)
    thread: UUID = Field(primary_key=True)
    opened_at: datetime
    opening: UUID
    person: int | None
    answered_at: datetime | None
    waited_microseconds: int | None = Field(None, sa_type=BigInteger)


ROLLUPS: tuple[type[Any], ...] = (
    Person,
    PersonDay,
    PeriodCount,
    Histogram,
    Cohort,
    WindowDelta,
    KindDay,
    Thread,
)


def table(model: type[Any]) -> Table:
    """The Core table of a model, for statements."""
    own: Table = model.__table__
    return own
