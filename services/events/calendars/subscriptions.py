"""Find subscriptions: GET /calendar-subscriptions -> what is read from elsewhere, and how that goes."""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime
from sqlmodel import col, select

from services.events.calendars.models import THE_SUBSCRIPTION, CalendarSubscription
from services.events.calendars.rules import SubscriptionState
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["calendars"])


class SubscriptionView(View):
    """A calendar that is fetched every `every_minutes`; its address, often a secret, is not shown.

    `problem` is why it could not be fetched the last time, in one word."""

    id: UUID
    name: str
    group_id: UUID | None
    timezone: str | None
    every_minutes: int
    state: SubscriptionState
    fetched_at: AwareDatetime | None
    fetch_at: AwareDatetime | None
    failures: int
    problem: str | None
    read: int
    written: int
    skipped: int
    created_at: AwareDatetime


SUBSCRIPTIONS = constant(
    select(CalendarSubscription).where(
        scope(CalendarSubscription), col(CalendarSubscription.state) != SubscriptionState.ENDED
    )
)


async def subscriptions(tx: Tx, _actor: Actor, limit: int, cursor: str | None) -> Page[Any]:
    """Those that have not ended, in the order they were made."""
    by = (CalendarSubscription.created_at, CalendarSubscription.id)
    page = await tx.page(SUBSCRIPTIONS, by=by, limit=limit, cursor=cursor)
    return Page(items=list(page.items), next_cursor=page.next_cursor)


async def subscription(tx: Tx, _actor: Actor, subscription_id: UUID) -> SubscriptionView:
    """The subscription."""
    row = await tx.one(THE_SUBSCRIPTION, {"subscription_id": subscription_id})
    return SubscriptionView.model_validate(row)


@router.get("/v1/communities/{community_id}/calendar-subscriptions", allows="calendar.subscribe")
async def get_calendar_subscriptions(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[SubscriptionView]:
    return await read(subscriptions, limit, cursor)


@router.get(
    "/v1/communities/{community_id}/calendar-subscriptions/{subscription_id}", allows="calendar.subscribe"
)
async def get_calendar_subscription(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    subscription_id: UUID,
    read: Read,
) -> SubscriptionView:
    return await read(subscription, subscription_id)
