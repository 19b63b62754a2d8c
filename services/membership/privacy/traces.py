"""The traces of a person in membership's tables, and what becomes of each when they are erased."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col, delete, select, update

from services.membership.identities.rules import IdentityState
from services.membership.models import (
    Block,
    Consent,
    FunctionGrant,
    GroupMember,
    Identity,
    Interest,
    Invitation,
    InvitationUse,
    LeaderApplication,
    MemberInterest,
    Merge,
    Promise,
    Prospect,
    RoleGrant,
    Sanction,
    ScimEmail,
    ScimUser,
    Stakeholder,
)
from services.membership.privacy.burial import DISPLAYED
from services.membership.promises.rules import PENDING
from shared.store import constant, scope

_MEMBERS: Any = sa.bindparam("members", expanding=True)
_IDENTITIES: Any = sa.bindparam("identities", expanding=True)
_PERSONS: Any = sa.bindparam("persons", expanding=True)
_THEIR_PROSPECTS = select(col(Prospect.id)).where(scope(Prospect), col(Prospect.member_id).in_(_MEMBERS))
_THEIR_INVITATIONS = select(col(Invitation.id)).where(
    scope(Invitation), col(Invitation.member_id).in_(_MEMBERS)
)


def _gone(model: type[Any], *whose: Any) -> tuple[str, Any]:
    return model.__tablename__, constant(delete(model).where(scope(model), *whose))


def _blank(model: type[Any], *whose: Any, **values: Any) -> tuple[str, Any]:
    """Empty these columns of rows that are not empty yet."""
    filled = sa.or_(*(getattr(model, name).is_distinct_from(value) for name, value in values.items()))
    return model.__tablename__, constant(update(model).where(scope(model), *whose, filled).values(values))


def _theirs(column: Any) -> Any:
    return col(column).in_(_MEMBERS)


_PROMISED = sa.or_(_theirs(Promise.to_id), col(Promise.to_id).in_(_THEIR_PROSPECTS))
PROMISED = constant(
    select(Promise)
    .where(scope(Promise), _PROMISED, col(Promise.state).in_(PENDING))
    .order_by(col(Promise.id))
    .with_for_update()
)
"""What was promised to the person and could still be kept."""

FORGET = (
    _gone(MemberInterest, _theirs(MemberInterest.member_id)),
    _gone(RoleGrant, _theirs(RoleGrant.member_id)),
    _gone(FunctionGrant, _theirs(FunctionGrant.member_id)),
    _gone(GroupMember, _theirs(GroupMember.member_id)),
    _gone(Block, sa.or_(_theirs(Block.blocker_id), _theirs(Block.blocked_id))),
    _gone(Sanction, _theirs(Sanction.member_id)),
    _gone(
        InvitationUse,
        sa.or_(_theirs(InvitationUse.member_id), col(InvitationUse.invitation_id).in_(_THEIR_INVITATIONS)),
    ),
    _gone(Invitation, _theirs(Invitation.member_id)),
    _gone(Merge, sa.or_(_theirs(Merge.survivor_id), _theirs(Merge.merged_id))),
    _gone(LeaderApplication, _theirs(LeaderApplication.member_id)),
    _blank(LeaderApplication, _theirs(LeaderApplication.sponsor_id), sponsor_id=None, sponsored_at=None),
    _gone(ScimEmail, _theirs(ScimEmail.member_id)),
    _gone(ScimUser, _theirs(ScimUser.member_id)),
    _gone(
        Interest,
        sa.or_(
            _theirs(Interest.party_id),
            col(Interest.party_id).in_(_THEIR_PROSPECTS),
            col(Interest.party_id).in_(_PERSONS),
        ),
    ),
    _blank(
        Consent,
        sa.or_(_theirs(Consent.subject_id), col(Consent.subject_id).in_(_THEIR_PROSPECTS)),
        proof={},
    ),
    _blank(
        Prospect,
        _theirs(Prospect.member_id),
        contact=None,
        contact_digest=None,
        name=None,
        notes=None,
        interests=[],
        need_refs=[],
        source_channel="erased",
    ),
    _blank(Promise, _PROMISED, text=None, evidence=[], reason=None, apology=None),
    _blank(Promise, _theirs(Promise.owner_member_id), owner_member_id=None),
    _blank(
        Stakeholder,
        _theirs(Stakeholder.member_id),
        name=DISPLAYED,
        organisation=None,
        interest=None,
    ),
    _blank(
        Identity,
        col(Identity.id).in_(_IDENTITIES),
        subject="erased",
        likeness=None,
        verified_at=None,
        method=None,
        state=IdentityState.ERASED,
    ),
)
"""Rows that only speak of the person go; those that others need stay, and say nothing of them."""
