"""What membership itself hands out about a person: its tables, a few rows at a time, unsealed for them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from services.membership.communities.sealing import known_sealer
from services.membership.demographics.models import DemographicAnswer
from services.membership.demographics.vault import answer_of
from services.membership.merges.rules import MergeState
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
    Member,
    MemberInterest,
    Merge,
    Person,
    Promise,
    Prospect,
    RoleGrant,
    Sanction,
    ScimUser,
    Stakeholder,
)
from services.membership.privacy.forget import privacy
from services.membership.prospects.find import SEALED, about
from services.membership.scim.user_resources import place_of
from shared.data_subjects import DataSubject, Piece, parameters_of
from shared.store import Tx, scope
from shared.vault import Sealer

ROWS = 200
"""Of one table in one piece."""


@privacy.exports
async def export(tx: Tx, subject: DataSubject, after: str | None) -> Piece:
    """One table after the other; `after` is which, and how many rows of it are out."""
    number, _, done = (after or "0:0").partition(":")
    given = parameters_of(subject)
    for index in range(int(number), len(HELD)):
        held, start = HELD[index], int(done or 0)
        rows = await tx.all(held.statement.offset(start).limit(ROWS), given)
        if rows:
            sealer = await known_sealer(tx) if held.unseal is not None else None
            items = [_shown(row._asdict(), held, sealer) for row in rows]
            full = len(rows) == ROWS
            following = f"{index}:{start + ROWS}" if full else f"{index + 1}:0"
            ends = not full and index + 1 == len(HELD)
            return Piece({held.table: items}, None if ends else following)
        done = "0"
    return Piece()


@dataclass(frozen=True)
class Held:
    """The rows of a table that are somebody's, and how what is sealed in one is read."""

    model: type[Any]
    whose: Any
    unseal: Callable[[Sealer, dict[str, Any]], dict[str, Any]] | None = None
    without: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        return str(self.model.__tablename__)

    @property
    def statement(self) -> Any:
        table = self.model.__table__
        tenant = [scope(self.model)] if "community_id" in table.c else []
        shown = [each for each in table.c if each.name not in self.without]
        return sa.select(*shown).where(*tenant, self.whose).order_by(*table.primary_key.columns)


def _shown(row: dict[str, Any], held: Held, sealer: Sealer | None) -> dict[str, Any]:
    return held.unseal(sealer, row) if held.unseal is not None and sealer is not None else row


def _answer(sealer: Sealer, row: dict[str, Any]) -> dict[str, Any]:
    return row | {"sealed": None, "answer": answer_of(sealer, SimpleNamespace(**row))[0]}


def _prospect(sealer: Sealer, row: dict[str, Any]) -> dict[str, Any]:
    texts = {name: row[name] for name in SEALED if row[name] is not None}
    return row | {name: sealer.unseal(text, about=about(row["id"], name)) for name, text in texts.items()}


def _provisioned(sealer: Sealer, row: dict[str, Any]) -> dict[str, Any]:
    if row["attributes"] is None:
        return row
    attributes = sealer.unseal(row["attributes"], about=place_of(row["member_id"]))
    return row | {"attributes": json.loads(attributes)}


_MEMBERS: Any = sa.bindparam("members", expanding=True)
_IDENTITIES: Any = sa.bindparam("identities", expanding=True)
_PERSONS: Any = sa.bindparam("persons", expanding=True)
_PROSPECTS = sa.select(col(Prospect.id)).where(scope(Prospect), col(Prospect.member_id).in_(_MEMBERS))


def _theirs(*columns: Any) -> Any:
    return sa.or_(*(col(column).in_(_MEMBERS) for column in columns))


def _of(column: Any) -> Any:
    """Theirs as members, or as the prospects they were."""
    return sa.or_(_theirs(column), col(column).in_(_PROSPECTS))


HELD = (
    Held(Person, col(Person.id).in_(_PERSONS)),
    Held(Member, _theirs(Member.id)),
    Held(MemberInterest, _theirs(MemberInterest.member_id)),
    Held(Identity, col(Identity.id).in_(_IDENTITIES)),
    Held(RoleGrant, _theirs(RoleGrant.member_id)),
    Held(FunctionGrant, _theirs(FunctionGrant.member_id)),
    Held(GroupMember, _theirs(GroupMember.member_id)),
    Held(Block, _theirs(Block.blocker_id)),
    Held(Sanction, _theirs(Sanction.member_id)),
    Held(Invitation, _theirs(Invitation.member_id), without=("token_hash",)),
    Held(InvitationUse, _theirs(InvitationUse.member_id)),
    Held(Merge, sa.and_(_theirs(Merge.survivor_id, Merge.merged_id), col(Merge.state) == MergeState.APPLIED)),
    Held(LeaderApplication, _theirs(LeaderApplication.member_id)),
    Held(Interest, sa.or_(_of(Interest.party_id), col(Interest.party_id).in_(_PERSONS))),
    Held(Consent, _of(Consent.subject_id)),
    Held(DemographicAnswer, _theirs(DemographicAnswer.member_id), _answer),
    Held(Prospect, _theirs(Prospect.member_id), _prospect, without=("contact_digest",)),
    Held(Promise, sa.or_(_of(Promise.to_id), _theirs(Promise.owner_member_id))),
    Held(Stakeholder, _theirs(Stakeholder.member_id)),
    Held(ScimUser, _theirs(ScimUser.member_id), _provisioned, ("user_name_digest", "external_digest")),
)
"""Who blocked the person is the blockers' affair and not handed out (Art. 15 (4) GDPR).

Nor is whom they were taken for and are not: a merge not in force, an identity that is not theirs.
"""
