"""Work done by the clock: one replica runs each job, failures are logged and tried again next time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from shared.problems import Problem
from shared.store.store import Store

log = structlog.get_logger("jobs")
Work = Callable[[Store], Awaitable[None]]


@dataclass(frozen=True)
class Job:
    """A function of the store and the pause between two runs."""

    work: Work
    seconds: float


class Jobs:
    """The jobs of one slice."""

    def __init__(self) -> None:
        self.listed: list[Job] = []

    def every(self, *, seconds: float) -> Callable[[Work], Work]:
        """Run the function again and again, `seconds` after it has ended."""

        def register(work: Work) -> Work:
            self.listed.append(Job(work, seconds))
            return work

        return register


async def run(job: Job, store: Store) -> None:
    """Run one job until cancelled."""
    while True:
        try:
            await job.work(store)
        except Problem as problem:
            log.warning("job_interrupted", job=job.work.__name__, problem=problem.title)
        except Exception as error:
            log.exception("job_failed", job=job.work.__name__, error=type(error).__name__)
        await asyncio.sleep(job.seconds)
