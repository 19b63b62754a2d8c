"""Answer for oneself: PUT, DELETE /members/me/demographics -> with consent, sealed; no fact tells of it."""

from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col, select

from services.membership.communities.sealing import known_sealer, sealer_of
from services.membership.consents.rules import Purpose
from services.membership.demographics.dimensions import options_of
from services.membership.demographics.models import DemographicAnswer
from services.membership.demographics.vault import ANSWERS_OF, answer_of, clear, sealed_answer
from services.membership.members.rules import MemberState
from services.membership.models import HOLD_MEMBER, Consent
from shared.consumers import Consumers
from shared.contracts.membership import ConsentWithdrawn
from shared.identity import Actor
from shared.problems import Forbidden, Unprocessable
from shared.route import Command, Read, Router, View, Write
from shared.store import Tx, constant, scope

router = Router(tags=["demographics"])
consumers = Consumers()

Word = Annotated[str, Field(min_length=1, max_length=60)]
ANSWERS_MAX = 40


class SetDemographics(Command):
    """All answers one gives, by dimension; what is not among them is forgotten."""

    answers: Annotated[dict[Annotated[str, Field(max_length=40)], Word], Field(max_length=ANSWERS_MAX)]


class DemographicsView(View):
    """One's own answers."""

    answers: dict[str, str]


class ConsentNeeded(Forbidden):
    """Answers are kept for as long as the consent to purpose `demographics` is in force."""

    title = "Consent to demographics is needed first"


class UnknownAnswer(Unprocessable):
    """`options` are the answers there are; null for a dimension that does not exist."""

    title = "No such answer"


def _oneself(actor: Actor) -> UUID:
    if actor.member_id is None:
        raise Forbidden
    return actor.member_id


async def answer(tx: Tx, actor: Actor, command: SetDemographics) -> DemographicsView:
    """Keep these answers and no others; who is counted in a figure stays so until ten go."""
    member = await tx.one(HOLD_MEMBER, {"member_id": _oneself(actor)})
    if member.state is not MemberState.ACTIVE:
        raise Forbidden
    consent = await tx.first(CONSENTED, {"member_id": member.id})
    if consent is None:
        raise ConsentNeeded
    known = await options_of(tx)
    for dimension, said in command.answers.items():
        if said not in known.get(dimension, ()):
            raise UnknownAnswer(
                dimension=dimension, options=list(known[dimension]) if dimension in known else None
            )
    sealer = await sealer_of(tx)
    known_before = await tx.all(ANSWERS_OF, {"members": [member.id]})
    await clear(tx, [member.id], {row.dimension for row in known_before} - set(command.answers))
    before = {row.dimension: row for row in await tx.all(HELD_ANSWERS, {"members": [member.id]})}
    for dimension, said in sorted(command.answers.items()):
        row = before.get(dimension)
        was, counted = answer_of(sealer, row) if row is not None else (None, None)
        if row is not None and was == said and row.answered_at >= consent.given_at:
            continue
        fresh = DemographicAnswer(
            community_id=member.community_id,
            dimension=dimension,
            member_id=member.id,
            sealed="",
            answered_at=tx.now,
        )
        text = sealed_answer(sealer, fresh, said, counted)
        key = ["community_id", "dimension", "member_id"]
        changes = {"sealed": text, "answered_at": tx.now}
        statement = tx.upsert(DemographicAnswer).on_conflict_do_update(index_elements=key, set_=changes)
        await tx.execute(statement, fresh.__dict__ | {"sealed": text})
    return DemographicsView(answers=dict(command.answers))


async def own(tx: Tx, actor: Actor) -> DemographicsView:
    """What one has answered."""
    rows = await tx.all(ANSWERS_OF, {"members": [_oneself(actor)]})
    sealer = await known_sealer(tx)
    answers = {row.dimension: answer_of(sealer, row)[0] for row in rows} if sealer is not None else {}
    return DemographicsView(answers=answers)


async def forget(tx: Tx, actor: Actor) -> None:
    """Forget all of one's answers, consent or not."""
    await clear(tx, [_oneself(actor)])


@consumers.on(ConsentWithdrawn)
async def heed(tx: Tx, fact: ConsentWithdrawn) -> None:
    """Without consent nothing stays; one that was given again meanwhile holds for new answers."""
    if fact.purpose != Purpose.DEMOGRAPHICS.value:
        return
    await tx.first(HOLD_MEMBER, {"member_id": fact.subject_id})
    consent = await tx.first(CONSENTED, {"member_id": fact.subject_id})
    rows = await tx.all(ANSWERS_OF, {"members": [fact.subject_id]})
    old = {row.dimension for row in rows if consent is None or row.answered_at < consent.given_at}
    await clear(tx, [fact.subject_id], old)


HELD_ANSWERS = constant(ANSWERS_OF.with_for_update())
CONSENTED = constant(
    select(Consent).where(
        scope(Consent),
        col(Consent.subject_id) == sa.bindparam("member_id"),
        col(Consent.purpose) == Purpose.DEMOGRAPHICS,
        col(Consent.withdrawn_at).is_(None),
    )
)


@router.put("/v1/communities/{community_id}/members/me/demographics", allows="demographics.write")
async def put_demographics(community_id: UUID, command: SetDemographics, write: Write) -> DemographicsView:  # noqa: ARG001 - the tenant of the write
    return await write(answer, command)


@router.get("/v1/communities/{community_id}/members/me/demographics", allows="demographics.write")
async def get_demographics(community_id: UUID, read: Read) -> DemographicsView:  # noqa: ARG001 - the tenant of the read
    return await read(own)


@router.delete(
    "/v1/communities/{community_id}/members/me/demographics", status_code=204, allows="demographics.write"
)
async def delete_demographics(community_id: UUID, write: Write) -> None:  # noqa: ARG001 - the tenant of the write
    return await write(forget)
