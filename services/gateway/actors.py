"""What a principal is in a community: asked of membership, remembered, forgotten when it changes."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.gateway.principals import Principal
from shared.identity import Actor, owner_key_actor
from shared.problems import NotFound, Problem

REMEMBERED = 50_000
TOLD_SECONDS = 60.0
UNTOLD_SECONDS = 5.0
"""How long an actor is believed: longer while facts tell what changed, roles count within 5 s in any case."""

LONGEST_ID = len("urn:uuid:01234567-0123-0123-0123-0123456789ab")

STALE_SECONDS = 600.0
"""How old an actor may get while membership does not answer."""


class _Community(BaseModel):
    visibility: str
    state: str


class _Resolved(BaseModel):
    """What membership answers."""

    person_id: UUID
    member_id: UUID | None
    roles: Annotated[list[str], Field(max_length=100)]
    community: _Community | None


@dataclass(slots=True, eq=False)
class Standing:
    """A principal's actor in one community, and the headers that vouch for it, by service.

    `since` and `until` are moments of the monotonic clock.
    """

    actor: Actor
    since: float
    until: float
    headers: dict[str, tuple[bytes, float]] = field(default_factory=dict)


Key = tuple[tuple[str, str], str]
Place = tuple[UUID | None, UUID | None]
Ask = Callable[[bytes], Awaitable[bytes]]
"""Membership's answer to a question, both JSON."""


class Actors:
    """Standings by principal and community; membership creates people when they are first seen."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._known: dict[Key, Standing] = {}
        self._of_member: dict[Place, set[Key]] = {}
        self._asking: dict[Key, asyncio.Task[Standing]] = {}
        self._told = False
        self._changes = 0

    async def of(self, principal: Principal, community: str, moment: float) -> Standing:
        """The standing in `community`, an id as the path gives it, "" for none."""
        known = self._known.get((principal.name, community))
        if known is not None and known.until > moment:
            return known
        try:
            return await self.again(principal, community)
        except Problem as problem:
            # While membership is away nobody's role can change: what was known last still holds.
            if known is None or problem.status < 500 or moment - known.since > STALE_SECONDS:
                raise
            return known

    async def again(self, principal: Principal, community: str) -> Standing:
        """The standing as it is now; requests that ask at the same time share one answer."""
        key = (principal.name, community)
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.create_task(self._resolve(principal, community))
            task.add_done_callback(lambda done: self._asked(key, done))
        return await asyncio.shield(task)

    def _asked(self, key: Key, task: asyncio.Task[Standing]) -> None:
        del self._asking[key]
        if not task.cancelled():
            task.exception()  # whoever still waits has it; if nobody does it is no news

    async def _resolve(self, principal: Principal, community: str) -> Standing:
        since = time.monotonic()
        community_id = id_of(community)
        changes = self._changes
        actor = await self._actor(principal, community_id)
        # What changed while membership was asked may be missing in its answer.
        certain = self._told and changes == self._changes
        standing = Standing(actor, since, since + (TOLD_SECONDS if certain else UNTOLD_SECONDS))
        self._remember((principal.name, community), standing)
        return standing

    async def _actor(self, principal: Principal, community_id: UUID | None) -> Actor:
        if principal.kind == "owner":
            return owner_key_actor(community_id)
        client = principal.client
        if client is not None:
            if community_id not in (None, client.community_id):
                raise NotFound
            return Actor("key", str(client.client_id), community_id=community_id, scopes=client.scopes)
        issuer, subject = principal.name
        question = {"issuer": issuer, "subject": subject, "community_id": community_id and str(community_id)}
        found = _Resolved.model_validate_json(await self._ask(json.dumps(question).encode()))
        return Actor(
            kind="member" if found.member_id else "person",
            id=str(found.member_id or found.person_id),
            person_id=found.person_id,
            member_id=found.member_id,
            community_id=community_id,
            roles=frozenset(found.roles),
            # Who left or is suspended has no roles, and knows of a private community no more than a stranger.
            visible=bool(found.roles)
            or (found.community is not None and found.community.visibility == "public"),
        )

    def _remember(self, key: Key, standing: Standing) -> None:
        before = self._known.get(key)
        if before is not None and before.actor == standing.actor:
            standing.headers = before.headers
        self._drop(key)
        if len(self._known) >= REMEMBERED:
            self._drop(next(iter(self._known)))
        self._known[key] = standing
        self._of_member.setdefault(_index(standing.actor), set()).add(key)

    def _drop(self, key: Key) -> None:
        standing = self._known.pop(key, None)
        if standing is not None:
            indexed = self._of_member.get(_index(standing.actor))
            if indexed is not None:
                indexed.discard(key)
                if not indexed:
                    del self._of_member[_index(standing.actor)]

    def forget(self, community_id: UUID, member_id: UUID) -> None:
        """Something changed for a member, or somebody became one."""
        self._changes += 1
        for who in (member_id, None):
            for key in list(self._of_member.get((community_id, who), ())):
                self._drop(key)

    def forget_path(self, path: str, community: str) -> None:
        """A write went to a member of the community: the fact about it may take a while."""
        segments = path.split("/")
        names, place = ("members", 4) if segments[1:2] == ["v1"] else ("Users", 3)
        if len(segments) > place + 1 and segments[place] == names:
            try:
                self.forget(UUID(community), UUID(segments[place + 1]))
            except ValueError:
                return

    def forget_community(self, community_id: UUID) -> None:
        """Something changed for everybody in a community."""
        self._changes += 1
        for key, standing in list(self._known.items()):
            if standing.actor.community_id == community_id:
                self._drop(key)

    def forget_standing(self, principal: Principal, community: str) -> None:
        """This caller has just written to membership: their next request sees what it did."""
        self._drop((principal.name, community))

    def listening(self, told: bool) -> None:
        """Whether membership's facts arrive from now on; what was believed before counts no more."""
        self._told = told
        self._known.clear()
        self._of_member.clear()


def id_of(community: str) -> UUID | None:
    """The community of a path as it was written, None without one."""
    if len(community) > LONGEST_ID:
        raise NotFound  # UUID() reads any number of hyphens, and what is remembered by them would pile up
    try:
        return UUID(community) if community else None
    except ValueError as error:
        raise NotFound from error  # an id that is none is as missing as an unknown one


def _index(actor: Actor) -> Place:
    return actor.community_id, actor.member_id
