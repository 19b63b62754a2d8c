"""What both databases offer: units of work that commit rows, facts and audit together."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, TypeVar

import structlog
from prometheus_client import Counter

from shared.store.statements import Statements
from shared.store.tx import Context, Tx, Work

R = TypeVar("R")

_COMMIT_FAILURES = Counter("guildhall_store_commit_failures", "Groups or transactions whose commit failed.")


class HandlerAwaited(RuntimeError):
    """A handler awaited something other than its transaction (the network, a sleep): a defect."""


class NotTried(Exception):
    """The outcome of a work behind one that failed."""


class Store(ABC):
    """One service's database."""

    def __init__(self, statements: Statements, secret: bytes) -> None:
        self.statements = statements
        self.secret = secret
        self.facts_committed = asyncio.Event()
        """Set after every commit that left rows in the outbox; the relay clears it."""
        self.commit_failures = _COMMIT_FAILURES
        self.log = structlog.get_logger("store")

    @abstractmethod
    async def open(self) -> None: ...

    @abstractmethod
    async def close(self) -> None: ...

    @abstractmethod
    async def ping(self) -> None:
        """Return when the database answers; raise when it does not."""

    @abstractmethod
    async def read(self, work: Work[R], context: Context, *, long: bool = False) -> R:
        """Run `work` on a snapshot that cannot write; `long` keeps it off the event loop."""

    @abstractmethod
    async def write(self, work: Work[R], context: Context) -> R:
        """Run `work` in one transaction and return after its commit; on any error nothing has happened."""

    @abstractmethod
    async def write_each(self, works: Sequence[tuple[Work[Any], Context]]) -> list[Any]:
        """Run several works in order, each whole or not at all, in one commit, up to the first that fails.

        The results in the same order: there the failed one has its exception, those behind it `NotTried`.
        """

    @abstractmethod
    async def quiesce(self) -> None:
        """Return when every transaction that was open has ended, so that none acts on what it saw before."""

    @abstractmethod
    async def scrub(self) -> None:
        """Return when the database's files hold nothing of what was deleted, as far as it is ours to say."""

    @staticmethod
    async def _completed(work: Work[R], tx: Tx) -> R:
        result = await work(tx)
        await tx.complete()
        return result
