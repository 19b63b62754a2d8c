"""The consumers of metrics on a store of their own, without a broker: for many small histories."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from uuid import UUID

from services.metrics import activity, tallies
from shared.contracts.events import EventAttendanceCounted
from shared.facts import Fact
from shared.store import Context, Store, Tx

R = TypeVar("R")
Work = Callable[[Tx], Coroutine[Any, Any, R]]


class Service:
    """What a test asks of it, one transaction each."""

    def __init__(self, store: Store, runner: asyncio.Runner) -> None:
        self.store = store
        self.runner = runner

    def write(self, work: Work[R], community: UUID) -> R:
        return self.runner.run(self.store.write(work, Context(community_id=community)))

    def read(self, work: Work[R], community: UUID) -> R:
        return self.runner.run(self.store.read(work, Context(community_id=community)))

    def hear(self, facts: list[Fact], community: UUID) -> None:
        """Apply neighbouring facts together, as the bus does."""

        async def apply(tx: Tx) -> None:
            counted = [fact for fact in facts if isinstance(fact, EventAttendanceCounted)]
            await activity.record(tx, [fact for fact in facts if fact not in counted])
            await tallies.keep(tx, counted)

        self.write(apply, community)
