"""A year of an office, by a seed: people ask, staff work in their hours or are away, and what can fail fails.

The services run on a real database with the product clock moved hour by hour; a stand-in for the relay settles
deliveries through the real ledger. The same seed makes the same year: `python -m tests.services.year --seed 7`.
"""

import argparse
import heapq
import itertools
import random
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from bot.core import query_clock
from bot.core.absence import Absence, away
from bot.core.calendar import after
from bot.core.channel import Raw
from bot.core.delivery import Delivery, DeliveryState, Outcome
from bot.core.errors import BotError
from bot.core.person import Person
from bot.core.promise import PromiseBackwards
from bot.core.query import Action, Query, Status
from bot.core.query_clock import desk_of, policy_of
from bot.core.routing.policy import TRIAGE
from bot.core.turn import AddToQuery, OpenQuery, RouteQuery
from bot.core.verbs import Verb
from bot.core.world import TopicOwner
from bot.services import absences, promises, verbs
from bot.services import queries as query_service
from bot.services.acts import Act
from bot.services.deliveries import settled
from bot.services.setup import Setup
from storage import absences as absence_rows
from storage import clock, deliveries, inbox, people, queries
from storage.database import Database, Transaction
from storage.migrate import migrate
from storage.sealing import ProcessSeal
from tests.services import crowd
from tests.services.office import WORLD, open_office
from tests.services.year_books import Books, Mark, read

T = TypeVar("T")
Happening = Callable[[Transaction, datetime], None]

BEGINS = datetime(2027, 1, 4, tzinfo=UTC)
DAYS = 366
#: After the last question: what is open then is worked off, or goes up.
AFTERMATH = 12
#: Of each focal point, in a year.
ABSENCES = 4
HOUR = timedelta(hours=1)
#: The clock is moved so far at once.
STEP = 2 * HOUR
FOCAL_POINTS = 60
ASKERS = 400
#: A relay's turns in one step, each with at most so many sends.
TURNS, SLOTS = 3, 64
#: Working hours until somebody claims what is new, and until they do something with what they hold.
CLAIMED_WITHIN, WORKED_WITHIN = 1.0, 2.0
#: Part of what is new that everybody at the desk overlooks.
OVERLOOKED = 0.1


class Killed(Exception):
    """The process died in the middle of a transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How often things fail."""

    #: A transaction is abandoned at its end and made again.
    killed: float = 0.02
    #: The relay dies between claiming and recording.
    relay_killed: float = 0.02
    #: An event comes a second time, hours later.
    repeated: float = 0.04
    #: In an hour everything stops for up to two days: nothing is looked at, nothing sent.
    outage: float = 0.002
    refused: float = 0.005
    unreachable: float = 0.01
    uncertain: float = 0.02


@dataclass
class Year:
    """One office for one seed."""

    seed: int
    count: int
    database: Database
    setup: Setup
    faults: Faults = field(default_factory=Faults)
    days: int = DAYS
    now: datetime = BEGINS
    #: Marks that have come, as the product should have looked at them.
    marks: set[Mark] = field(default_factory=set)
    kills: int = 0
    repeats: int = 0
    outages: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self._numbers = itertools.count()
        self._keys = itertools.count(1)
        self._coming: list[tuple[datetime, int, Happening]] = []
        self._staff: list[tuple[int, str]] = []
        self._people: list[Person] = []
        #: What somebody is going to do: (query, desk) to be claimed, (query, holder) to be worked on.
        self._planned: set[tuple[int, object]] = set()
        self._down_until = BEGINS
        self._topics = [each.id for each in WORLD.topics.values() if each.owner is not TopicOwner.CONFIDENTIAL]
        self._topics += [TRIAGE] * 3

    def live(self) -> Books:
        """From the first of January to the last, and what is left over is worked off."""
        self._run(self._settle, fails=False)
        while self.now < BEGINS + timedelta(days=self.days + AFTERMATH):
            self.now += STEP
            self._step()
        return self.database.run_sync(lambda tx: read(tx, self.now, self.marks))

    def _settle(self, tx: Transaction) -> None:
        clock.freeze(tx, BEGINS)
        tx.execute(crowd.sa.text("DELETE FROM staff_roles"))
        self._staff = list(crowd.settle(tx, WORLD, FOCAL_POINTS, BEGINS))
        tx.execute(crowd.sa.text("DELETE FROM working_times"))
        countries = sorted(WORLD.region_of)
        for number in range(ASKERS):
            known = Person(language="en", country=self.chance.choice(countries), told_version="2026-11")
            chat = str(8_000_000 + number)
            self._people.append(people.add(tx, known, "telegram", chat, chat))
        for number in range(self.count):
            self._comes(BEGINS + timedelta(hours=self.chance.uniform(0, self.days * 24)), self._asks(number))
        for person, desk in self._staff:
            for _ in range(round(ABSENCES * self.days / DAYS + self.chance.random() - 0.5)):
                self._comes(BEGINS + timedelta(days=self.chance.uniform(0, self.days)), self._goes_away(person, desk))

    def _comes(self, at: datetime, what: Happening) -> None:
        heapq.heappush(self._coming, (at, next(self._numbers), what))

    def _step(self) -> None:
        """What happened since the last one is handled in one transaction, as a busy process groups its writes."""
        if self.now < self._down_until:
            return
        if self.chance.random() < self.faults.outage:
            self._down_until = self.now + timedelta(hours=self.chance.randint(4, 60))
            self.outages += 1
        due: list[Happening] = []
        while self._coming and self._coming[0][0] <= self.now:
            due.append(heapq.heappop(self._coming)[2])
        marks, queued = self._run(lambda tx: self._happen(tx, due))
        self.marks |= marks
        while marks and self._run(lambda tx: promises.look(tx, self.setup, self.now)):
            pass
        for account in ("telegram", "slack") if marks or queued else ():
            self._send(account)

    def _happen(self, tx: Transaction, due: Iterable[Happening]) -> tuple[set[Mark], bool]:
        """The marks that have come, and whether something waits to be sent."""
        clock.freeze(tx, self.now)
        for each in due:
            each(tx, self.now)
        while absences.start_due(tx, self.setup, self.now):
            pass
        self._plan(tx)
        return self._due_marks(tx), deliveries.oldest_due(tx) is not None

    def _plan(self, tx: Transaction) -> None:
        """What is new is seen by somebody of its desk in a while; whoever holds something works on it in a while."""
        columns = (queries.queries.c.id, queries.queries.c.desk, queries.queries.c.holder, queries.queries.c.status)
        open_ = queries.queries.c.status.in_([Status.NEW, Status.CLAIMED])
        seen = set()
        for row in tx.execute(crowd.sa.select(*columns).where(open_).order_by(queries.queries.c.id)):
            plan = (row.id, row.holder or row.desk)
            seen.add(plan)
            if plan not in self._planned:
                self._planned.add(plan)
                self._sees(row.id, row.desk, row.holder)
        self._planned &= seen

    def _sees(self, query: int, desk: str, holder: int) -> None:
        hours = self.chance.expovariate(1 / (WORKED_WITHIN if holder else CLAIMED_WITHIN))
        when = after(WORLD.desks[desk].main.calendar, self.now, timedelta(hours=hours))
        if holder:
            self._comes(when, self._works_on(query, holder))
        elif self.chance.random() >= OVERLOOKED and (here := [each for each, place in self._staff if place == desk]):
            self._comes(when, self._claims(query, desk, self.chance.choice(here)))

    def _run(self, work: Callable[[Transaction], T], *, fails: bool = True) -> T:
        """In a transaction; one that is killed leaves nothing, what it had planned included, and is made again."""
        coming, planned = list(self._coming), set(self._planned)

        def attempt(tx: Transaction) -> T:
            done = work(tx)
            if fails and self.chance.random() < self.faults.killed:
                raise Killed
            return done

        while True:
            try:
                return self.database.run_sync(attempt)
            except Killed:
                self.kills += 1
                self._coming, self._planned = list(coming), set(planned)

    def _due_marks(self, tx: Transaction) -> set[Mark]:
        """The marks that have come, each with the percent that one look says."""
        found = set()
        for query in queries.where(tx, queries.queries.c.mark_at <= self.now):
            policy, desk = policy_of(WORLD, query), desk_of(WORLD, query)
            said, passed = query_clock.percent(query, policy), query_clock.mark_passed(query, policy, desk)
            while passed.mark_at and passed.mark_at <= self.now:
                said, passed = query_clock.percent(passed, policy), query_clock.mark_passed(passed, policy, desk)
            found.add(Mark(query.id, query.clock_since.isoformat() if query.clock_since else "", said))
        return found

    # Partners.

    def _asks(self, number: int) -> Happening:
        """A question, once however often its event comes."""
        person = self._people[number % ASKERS]
        topic = self.chance.choice(self._topics)
        key = f"telegram:year-{number}"

        def happens(tx: Transaction, now: datetime) -> None:
            chat = str(8_000_000 + number % ASKERS)
            if self.chance.random() < self.faults.repeated:
                self._comes(now + timedelta(hours=self.chance.uniform(0, 60)), happens)
            raw = Raw("telegram", f"year-{number}", f"telegram:{chat}", b"{}")
            if not inbox.accept(tx, [raw], self.setup.seal, now):
                self.repeats += 1
                return
            deliveries.mark_reachable(tx, "telegram", chat)
            new = Query(
                id=0,
                opened_by=key,
                person=person.id,
                country=person.country,
                account="telegram",
                asked_at=now,
            )
            opened = OpenQuery(text=f"Whom do we ask about case {number}?", topics=((topic, 0.9),))
            query_service.open_query(tx, opened, new, key)
            query_service.route(tx, self.setup, RouteQuery(key, topic), now)

        return happens

    def _reacts(self, key: str) -> Happening:
        """To an answer: content, not content, or silent."""

        def happens(tx: Transaction, now: datetime) -> None:
            query = queries.opened_by(tx, key)
            choice = self.chance.random()
            if query is None or query.status is not Status.ANSWERED:
                return
            if choice < 0.5:
                query_service.close_by_person(tx, self.setup, key, now)
                if choice < 0.05:
                    query_service.reopen_by_person(tx, self.setup, key, now)
            elif choice < 0.6:
                query_service.add(tx, self.setup, AddToQuery(key, "That is not all."), query.person, "", now)

        return happens

    def _writes(self, key: str) -> Happening:
        """What staff had asked for."""

        def happens(tx: Transaction, now: datetime) -> None:
            query = queries.opened_by(tx, key)
            if query is not None and query.open:
                query_service.add(tx, self.setup, AddToQuery(key, "It is site 7."), query.person, "", now)

        return happens

    # Staff.

    def _goes_away(self, person: int, desk: str) -> Happening:
        def happens(tx: Transaction, now: datetime) -> None:
            others = [each for each, place in self._staff if place == desk and each != person]
            deputy = self.chance.choice([0, *others])
            ends = now + timedelta(days=self.chance.uniform(0.5, 15))
            gone = Absence(person=person, begins=now + self.chance.choice([0, 30]) * HOUR, ends=ends, deputy=deputy)
            try:
                absences.begin(tx, self.setup, gone, now)
            except BotError:
                return
            if self.chance.random() < 0.2:
                self._comes(now + (ends - now) / 2, lambda tx, now: _ignore(absences.end(tx, person, now)))

        return happens

    def _claims(self, number: int, desk: str, person: int) -> Happening:
        def happens(tx: Transaction, now: datetime) -> None:
            query = queries.get(tx, number)
            if query.status is not Status.NEW or query.desk != desk:
                return
            if away(person, absence_rows.not_over(tx, now), now):
                self._planned.discard((number, desk))
            else:
                self._does(tx, Verb.CLAIM, query, person, now)

        return happens

    def _works_on(self, number: int, person: int) -> Happening:
        """They answer, ask back, note, promise a later time, give it away or forget it."""

        def happens(tx: Transaction, now: datetime) -> None:
            query = queries.get(tx, number)
            gone = away(person, absence_rows.not_over(tx, now), now)
            if query.status is Status.CLAIMED and query.holder == person and not gone:
                self._acts(tx, query, now)

        return happens

    def _acts(self, tx: Transaction, query: Query, now: datetime) -> None:
        choice = self.chance.random()
        if choice < 0.7:
            self._does(tx, Verb.REPLY, query, query.holder, now, text="It is on Wednesday.")
            self._comes(now + timedelta(days=self.chance.uniform(0.1, 5)), self._reacts(query.opened_by))
        elif choice < 0.78:
            policy, desk = policy_of(WORLD, query), desk_of(WORLD, query)
            queries.save(tx, query_clock.paused(query.after(Action.ASK_BACK), policy, desk, now))
            self._comes(now + timedelta(days=self.chance.uniform(0.1, 12)), self._writes(query.opened_by))
        elif choice < 0.82:
            self._does(tx, Verb.NOTE, query, query.holder, now, text="I asked the county.")
            self._comes(now + 20 * HOUR, self._works_on(query.id, query.holder))
        elif choice < 0.85:
            self._promises_later(tx, query, now)
            self._comes(now + 20 * HOUR, self._works_on(query.id, query.holder))
        elif choice < 0.89:
            elsewhere = self.chance.choice([each for _, each in self._staff])
            self._does(tx, Verb.REASSIGN, query, query.holder, now, desk=elsewhere, text="This is theirs.")
        elif choice < 0.92:
            self._does(tx, Verb.RELEASE, query, query.holder, now)

    def _promises_later(self, tx: Transaction, query: Query, now: datetime) -> None:
        policy, desk = policy_of(WORLD, query), desk_of(WORLD, query)
        later = now + timedelta(days=self.chance.uniform(1, 9))
        try:
            queries.save(tx, query_clock.put_off(query, policy, desk, later, now))
        except PromiseBackwards:
            return

    def _does(self, tx: Transaction, verb: Verb, query: Query, person: int, now: datetime, **values: str) -> None:
        """A verb as the desk's chat asks for it; what is refused is refused."""
        staff = people.staff(tx, person)
        if staff is None:
            return
        act = Act(
            tx=tx,
            setup=self.setup,
            now=now,
            key=f"slack:act-{next(self._keys)}",
            person=person,
            staff=staff,
            query=query,
            verb=verb,
            values=values,
        )
        try:
            with tx.begin_nested():
                verbs.perform(act)
        except BotError:
            return

    # The relay.

    def _send(self, account: str) -> None:
        """So many turns as fit into an hour; one that dies leaves its sends in doubt."""
        self._run(lambda tx: settled(tx, self.setup, deliveries.expire(tx), self.now))
        for _ in range(TURNS):
            claimed = self.database.run_sync(
                lambda tx: deliveries.claim(tx, "year", account, SLOTS, self.now, 1e6, 0.0).deliveries
            )
            if not claimed:
                return
            if self.chance.random() < self.faults.relay_killed:
                self.kills += 1
                continue
            outcomes = [self._outcome(each) for each in claimed]
            self._run(lambda tx, known=outcomes: settled(tx, self.setup, self._recorded(tx, known), self.now))  # type: ignore[misc]

    def _recorded(self, tx: Transaction, outcomes: list[Outcome]) -> list[Outcome]:
        return deliveries.record(tx, outcomes, self.now)

    def _outcome(self, each: Delivery) -> Outcome:
        """What the platform said to one send."""
        luck, private = self.chance.random(), each.to.account == "telegram"
        if luck < self.faults.uncertain:
            return Outcome(delivery=each, state=DeliveryState.UNCERTAIN, reason="no answer")
        if luck < self.faults.uncertain + self.faults.refused:
            return Outcome(delivery=each, state=DeliveryState.REFUSED, reason="bad request")
        if private and luck < self.faults.uncertain + self.faults.refused + self.faults.unreachable:
            return Outcome(delivery=each, state=DeliveryState.UNREACHABLE, reason="blocked")
        return Outcome(delivery=each, state=DeliveryState.SENT, result=f"m{each.id}")


def _ignore(_done: bool) -> None:
    """What a happening came to is nobody's business."""


def simulate(seed: int, count: int, url: str, folder: Path, days: int = DAYS) -> tuple[Year, Books]:
    """A whole year, or so many days of it, on an empty, migrated database."""
    database = Database(url)
    office = open_office(database, ProcessSeal(bytes(32)), folder / "files", BEGINS)
    year = Year(seed, count, database, office.setup, days=days)
    try:
        return year, year.live()
    finally:
        database.close()


def main() -> None:
    """One year by its seed, with what was found."""
    asked = argparse.ArgumentParser(prog="python -m tests.services.year", description=__doc__)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--queries", type=int, default=20_000)
    asked.add_argument("--days", type=int, default=DAYS)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="csobot-year-") as name:
        url = f"sqlite:///{name}/year.db"
        migrate(url)
        begun = time.perf_counter()
        year, books = simulate(given.seed, given.queries, url, Path(name), given.days)
        print(f"seed {given.seed}: {given.queries} queries, {time.perf_counter() - begun:.0f} s")
        print(f"{year.kills} kills, {year.outages} outages, {year.repeats} events twice, {len(year.marks)} marks")
    print(books.report())


if __name__ == "__main__":
    main()
