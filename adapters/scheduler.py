"""APScheduler as a clock: a table of jobs, each of which claims due rows. No logic, no store of its own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every so many seconds."""

    id: str
    seconds: float
    #: Does what is due and says how much that was.
    work: Callable[[], Awaitable[int]]


class Scheduler:
    """Calls each job in turn; a job that is still at work is not called again."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        for job in jobs:
            self._scheduler.add_job(
                _called,
                "interval",
                args=(job,),
                id=job.id,
                seconds=job.seconds,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)


async def _called(job: Job) -> None:
    """Until nothing is due; an error is logged and the next call may go well."""
    try:
        while await job.work():
            pass
    except Exception as error:  # an edge: the clock goes on
        log.error("job failed", job=job.id, error=type(error).__name__)
