"""The traces of a person in knowledge's tables: the statements that empty and remove them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, delete, update

from services.knowledge.models import (
    Attachment,
    Deflection,
    Departure,
    Entitlement,
    HandedOver,
    ImportJob,
    Merge,
    Review,
    Reviewer,
    ReviewVerdict,
    SearchLog,
    Task,
    Verification,
)
from services.knowledge.search.log import searcher
from shared.data_subjects import DataSubject, parameters_of
from shared.store import constant, scope

_ID = Review.__table__.c.id.type  # type: ignore[attr-defined]
MEMBERS: Any = sa.bindparam("members", type_=_ID, expanding=True)
IDS: Any = sa.bindparam("ids", type_=_ID, expanding=True)
SEARCHERS: Any = sa.bindparam("searchers", type_=sa.String(), expanding=True)


def given_for(subject: DataSubject, secret: bytes) -> dict[str, Any]:
    """The subject as parameters, with what the log of searches calls them."""
    who = [("member", each) for each in subject.member_ids] + [
        ("person", each) for each in subject.person_ids
    ]
    hashes = [searcher(secret, subject.community_id, kind, str(id_)) for kind, id_ in who]
    return parameters_of(subject) | {"searchers": hashes or [str(UUID(int=0))]}


def theirs(model: type[Any], column: Any) -> tuple[Any, Any]:
    """The rows of a table that name them in this column."""
    return scope(model), col(column).in_(MEMBERS)


def _gone(model: type[Any], *columns: Any) -> list[tuple[str, Any]]:
    return [
        (str(model.__tablename__), constant(delete(model).where(*theirs(model, each)))) for each in columns
    ]


def _nobodys(model: type[Any], column: Any, **changes: Any) -> tuple[str, Any]:
    values: Mapping[str, Any] = {column.key: None} | changes
    return str(model.__tablename__), constant(update(model).where(*theirs(model, column)).values(values))


_MERGES = sa.select(col(Merge.id)).where(
    scope(Merge), sa.or_(col(Merge.merged_id).in_(MEMBERS), col(Merge.survivor_id).in_(MEMBERS))
)
FORGET: tuple[tuple[str, Any], ...] = (
    (
        "handed_over",
        constant(delete(HandedOver).where(scope(HandedOver), col(HandedOver.merge_id).in_(_MERGES))),
    ),
    *_gone(Merge, Merge.merged_id, Merge.survivor_id),
    *_gone(Departure, Departure.member_id),
    *_gone(Entitlement, Entitlement.member_id),
    *_gone(Reviewer, Reviewer.member_id),
    *_gone(Task, Task.cause_id),
    (
        "search_log",
        constant(delete(SearchLog).where(scope(SearchLog), col(SearchLog.searcher).in_(SEARCHERS))),
    ),
    _nobodys(Review, Review.submitted_by),
    _nobodys(ReviewVerdict, ReviewVerdict.member_id, given_by=None, comment=None),
    _nobodys(Verification, Verification.verified_by, note=None),
    _nobodys(Deflection, Deflection.linked_by),
    _nobodys(Attachment, Attachment.added_by),
    _nobodys(ImportJob, ImportJob.member_id, requested_by="erased"),
)
"""Rows that only speak of the person go; others become nobody's, without their words."""
