"""Subscribe to calendars: POST /calendar-subscriptions -> an address, sealed -> CalendarSubscribed."""

from typing import Annotated
from uuid import UUID

import httpx
import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col

from services.events.calendars.models import HOLD_SUBSCRIPTION, CalendarSubscription
from services.events.calendars.rules import SubscriptionState
from services.events.calendars.subscriptions import SubscriptionView
from services.events.sealing import sealer_of
from shared.contracts.events import CalendarSubscribed, CalendarUnsubscribed
from shared.identity import Actor
from shared.ids import uuid7
from shared.problems import Conflict, Unprocessable
from shared.route import Command, Router, Whole, Write, Zone
from shared.settings import settings
from shared.store import Tx, constant, scope

router = Router(tags=["calendars"])

PATH = "/v1/communities/{community_id}/calendar-subscriptions"
MOST = 50


class Subscribe(Command):
    """Somebody else's calendar, by its address; times in it without a zone count in `timezone`."""

    name: Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
    url: Annotated[str, Field(max_length=2000, pattern=r"^(https?|webcal)://[!-~]+$")]
    group_id: UUID | None = None
    timezone: Zone | None = None
    every_minutes: Annotated[int, Field(ge=15, le=7 * 1440), Whole] = 360


class AddressNotAllowed(Unprocessable):
    """A host is called by https, or webcal which means the same; no user info stands in the address."""

    title = "That address is not called"


class TooManySubscriptions(Conflict):
    """A community reads at most `limit` calendars of others."""

    title = "Too many subscriptions"


async def subscribe(tx: Tx, _actor: Actor, community_id: UUID, command: Subscribe) -> SubscriptionView:
    """Read the calendar soon, and then again and again."""
    address = called(command.url, production=settings().env == "production")
    count = await tx.one(COUNT)
    if count.rows >= MOST:
        raise TooManySubscriptions(limit=MOST)
    id_ = uuid7()
    row = CalendarSubscription(
        id=id_,
        community_id=community_id,
        name=command.name,
        url=(await sealer_of(tx)).seal(address, about=f"{id_}:url"),
        group_id=command.group_id,
        timezone=command.timezone,
        every_minutes=command.every_minutes,
        fetch_at=tx.now,
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(row)
    tx.publish(CalendarSubscribed(community_id=community_id, subscription_id=id_))
    tx.audit("calendar.subscribe", id_)
    return SubscriptionView.model_validate(row)


async def unsubscribe(tx: Tx, _actor: Actor, subscription_id: UUID) -> None:
    """Read it no more and forget its address; what was read of it stays."""
    row = await tx.one(HOLD_SUBSCRIPTION, {"subscription_id": subscription_id})
    await tx.lock(CalendarSubscription, row.id, state=SubscriptionState.ENDED, fetch_at=None, url="")
    tx.publish(CalendarUnsubscribed(community_id=row.community_id, subscription_id=row.id))
    tx.audit("calendar.unsubscribe", row.id)


async def refresh(tx: Tx, _actor: Actor, subscription_id: UUID) -> SubscriptionView:
    """Read it as soon as possible, however often it failed."""
    row = await tx.one(HOLD_SUBSCRIPTION, {"subscription_id": subscription_id})
    return SubscriptionView.model_validate(await tx.update(CalendarSubscription, row.id, fetch_at=tx.now))


def called(url: str, *, production: bool) -> str:
    """The address as it is called."""
    address = url.replace("webcal://", "https://", 1) if url.startswith("webcal://") else url
    try:
        read = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise AddressNotAllowed from error
    if not read.host or read.userinfo or (production and read.scheme != "https"):
        raise AddressNotAllowed
    return address


COUNT = constant(
    sa.select(sa.func.count().label("rows"))
    .select_from(CalendarSubscription)
    .where(scope(CalendarSubscription), col(CalendarSubscription.state) != SubscriptionState.ENDED)
)


@router.post(PATH, status_code=201, allows="calendar.subscribe")
async def post_calendar_subscription(
    community_id: UUID, command: Subscribe, write: Write
) -> SubscriptionView:
    return await write(subscribe, community_id, command)


@router.delete(f"{PATH}/{{subscription_id}}", status_code=204, allows="calendar.subscribe")
async def delete_calendar_subscription(
    community_id: UUID,  # noqa: ARG001 - the tenant of the write
    subscription_id: UUID,
    write: Write,
) -> None:
    return await write(unsubscribe, subscription_id)


@router.post(f"{PATH}/{{subscription_id}}/refresh", allows="calendar.subscribe")
async def post_calendar_subscription_refresh(
    community_id: UUID,  # noqa: ARG001 - the tenant of the write
    subscription_id: UUID,
    write: Write,
) -> SubscriptionView:
    return await write(refresh, subscription_id)
