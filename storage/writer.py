"""SQLite's one writer: works that wait share one commit, so that a durable write costs a share of an fsync."""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import sqlalchemy as sa

T = TypeVar("T")

#: Works that may share one commit.
GROUP = 100


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """A work that waits for its turn, and where its result goes."""

    work: Callable[[sa.Connection], T]
    done: "Future[T]" = field(default_factory=Future)
    #: Filled when the work has run; its caller hears of it only after the commit.
    results: list[T] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    def attempt(self, tx: sa.Connection) -> None:
        """Run in a savepoint of the shared transaction: a work that raises is undone alone.

        Raises when the savepoint itself cannot be undone (disk full, I/O error): SQLite has then dropped the whole
        transaction, and nobody's work is kept.
        """
        savepoint = tx.begin_nested()
        try:
            self.results.append(self.work(tx))
        except Exception as error:  # an edge: the error belongs to whoever asked for the work
            self.errors.append(error)
            savepoint.rollback()
        else:
            savepoint.commit()

    def settle(self, explain: Callable[[Exception], Exception]) -> None:
        """Tell the caller what came of it."""
        if self.errors:
            self.done.set_exception(explain(self.errors[0]))
        else:
            self.done.set_result(self.results[0])


class Writer:
    """The thread that owns all writing to one SQLite file."""

    def __init__(self, engine: sa.Engine, explain: Callable[[Exception], Exception]) -> None:
        self._engine = engine
        self._explain = explain
        self._waiting: queue.SimpleQueue[Job[object] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="csobot-writer", daemon=True)
        self._thread.start()

    def put(self, work: Callable[[sa.Connection], T]) -> "Future[T]":
        """Queue a work. Its future is done when it is durable or undone; cancelled before its turn, it never runs."""
        job = Job(work)
        self._waiting.put(job)  # type: ignore[arg-type]  # the queue only carries it; T comes back through `done`
        return job.done

    def close(self) -> None:
        """Finish what waits, then end."""
        self._waiting.put(None)
        self._thread.join()

    def _write(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [job for job in (first, *self._others()) if job.done.set_running_or_notify_cancel()]
            if group:
                self._commit(group)

    def _commit(self, group: Sequence[Job[object]]) -> None:
        try:
            with self._engine.begin() as tx:
                for job in group:
                    job.attempt(tx)
        except Exception as failure:  # an edge: begin or commit failed, so nobody's work is kept
            for job in group:
                job.errors.insert(0, failure)
        for job in group:
            job.settle(self._explain)

    def _others(self) -> list[Job[object]]:
        jobs: list[Job[object]] = []
        while len(jobs) < GROUP - 1 and not self._waiting.empty():
            if (job := self._waiting.get()) is None:
                self._waiting.put(None)
                break
            jobs.append(job)
        return jobs
