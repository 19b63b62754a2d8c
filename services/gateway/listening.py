"""Hear what changes about members and communities: membership's facts in -> actors forgotten."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from uuid import UUID

from nats.aio.msg import Msg

from services.gateway.actors import Actors
from shared.contracts import membership
from shared.stream import Broker, BrokerTrouble

_OF_MEMBERS = frozenset(
    fact.prefix()
    for fact in (
        membership.MemberJoined,
        membership.MemberLeft,
        membership.MemberRejoined,
        membership.MemberSuspended,
        membership.MemberReinstated,
        membership.MemberBanned,
        membership.MemberErased,
        membership.RoleGranted,
        membership.RoleRevoked,
        membership.RoleExpired,
    )
)
_OF_MERGES = frozenset(fact.prefix() for fact in (membership.MergeApplied, membership.MergeReverted))
_OF_COMMUNITIES = frozenset(
    fact.prefix()
    for fact in (
        membership.CommunityChanged,
        membership.CommunityActivated,
        membership.CommunityPaused,
        membership.CommunityArchived,
        membership.CommunityRestored,
    )
)
_OF_ERASED = membership.ErasureRequested.prefix()
LOOK_SECONDS = 0.5


async def listen(broker: Broker, actors: Actors) -> None:
    """Listen for as long as the gateway lives, without a durable of its own.

    What was missed only costs a question to membership: a lost connection makes it forget everything.
    """

    async def hear(message: Msg) -> None:
        fact, _, community = message.subject.rpartition(".")
        if fact in _OF_COMMUNITIES:
            actors.forget_community(UUID(community))
        elif fact in _OF_MEMBERS:
            actors.forget(UUID(community), UUID(json.loads(message.data)["member_id"]))
        elif fact in _OF_MERGES:
            told = json.loads(message.data)
            for merged in ("merged_id", "survivor_id"):
                actors.forget(UUID(community), UUID(told[merged]))
        elif fact == _OF_ERASED:
            for member_id in json.loads(message.data)["member_ids"]:
                actors.forget(UUID(community), UUID(member_id))

    await _subscribe(broker, hear)
    while True:
        await broker.up.wait()
        connection = broker.connections
        actors.listening(True)
        steady = True
        while steady:
            await asyncio.sleep(LOOK_SECONDS)
            steady = broker.up.is_set() and connection == broker.connections
        actors.listening(False)


async def _subscribe(broker: Broker, hear: Callable[[Msg], Awaitable[None]]) -> None:
    """Once: the client renews its subscriptions itself when it connects again."""
    while True:
        await broker.up.wait()
        try:
            await broker.subscribe("guildhall.membership.*.v1.*", hear)
        except BrokerTrouble:
            await asyncio.sleep(LOOK_SECONDS)
        else:
            return
