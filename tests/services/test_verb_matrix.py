"""Every verb for every role, in scope and out of it: what is allowed is done, what is not leaves nothing behind."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.canned import CannedAnswer, CannedState
from bot.core.errors import NotAllowed
from bot.core.person import Connection, Person, Role, Staff, StaffRole
from bot.core.query import Entry, EntryKind, EntryState, QueryOutcome
from bot.core.verbs import Verb
from bot.services import queries as query_service
from bot.services import verbs
from bot.services.acts import Act, HeldByOther
from storage import canned, links, people, queries
from storage.database import Database, Transaction
from storage.sealing import ProcessSeal
from storage.tables import audit, deliveries, entries
from tests.services.office import Office, open_office
from tests.services.test_promises import NOW

#: Whose verbs they are, where the role covers the desk.
WORKING = {Role.FOCAL_POINT, Role.MANAGER}
#: Limits that cover the mission in Kenya, and limits that do not.
INSIDE = ({}, {"desk": "mission-ke"}, {"region": "EHA"})
OUTSIDE = ({"desk": "mission-et"}, {"region": "SAF"}, {"department": "DMM"}, {"department": "IPD"})
#: Verbs of which only whoever has the query may make use; a manager may step in.
OF_THE_HOLDER = (
    Verb.RELEASE,
    Verb.REPLY,
    Verb.CANNED,
    Verb.CORRECT,
    Verb.SEND_NOTE,
    Verb.ASK_BACK,
    Verb.UPDATE,
    Verb.PUT_OFF,
    Verb.SNOOZE,
    Verb.PRIORITY,
    Verb.MERGE,
)
#: Looking for further verbs is no act.
NO_ACT = {Verb.MORE}
#: What only managers of the desk do.
OF_MANAGERS = {Verb.NOT_SENSITIVE}
READY = CannedAnswer(desk="mission-ke", name="Sites", texts={"en": "Soon."}, state=CannedState.READY, by=2, at=NOW)
WORDS = {
    "text": "Because.",
    "desk": "region-eha",
    "outcome": "withdrawn",
    "to": "The county.",
    "query": "Q-0002",
    "person": "2",
    "answer": "1",
    "concern": "critical",
    "owner": "2",
    "until": "10 days",
    "policy": "priority",
}


@dataclass
class Desk:
    """The mission's desk with one query, and somebody who does something with it."""

    office: Office
    person: int

    def act(self, tx: Transaction, verb: Verb, staff: Staff, entry: int = 0) -> Act:
        return Act(
            tx=tx,
            setup=self.office.setup,
            now=self.office.now,
            key="slack:1000",
            person=self.person,
            staff=staff,
            query=queries.get(tx, 1),
            verb=verb,
            values=dict(WORDS),
            entry=entry,
        )

    def ready(self, tx: Transaction, verb: Verb, holder: int) -> int:
        """The query as the verb needs it; returns the entry the verb is about."""
        if verb in {Verb.CONFIRM, Verb.NOT_THEIRS}:
            asker = people.get(tx, queries.get(tx, 1).person)
            assert asker is not None
            people.save(tx, replace(asker, organisation="CSO-0001", connection=Connection.CLAIMED))
        if verb not in {Verb.CLAIM, Verb.CONFIRM, Verb.NOT_THEIRS}:
            query_service.claim(tx, self.office.setup, queries.get(tx, 1), holder, self.office.now)
        if verb is Verb.REOPEN:
            query = queries.get(tx, 1)
            query_service.close(tx, self.office.setup, query, holder, self.office.now, QueryOutcome.WITHDRAWN)
        if verb is Verb.CANNED:
            canned.add(tx, READY)
        if verb in {Verb.LINK, Verb.UNLINK, Verb.MERGE}:
            queries.add(tx, replace(queries.get(tx, 1), id=2, opened_by="second"))
        if verb is Verb.UNLINK:
            links.add(tx, 1, 2, self.person, self.office.now)
        if verb is Verb.CORRECT:
            return self._line(tx, EntryKind.REPLY)
        if verb is Verb.SEND_NOTE:
            return self._line(tx, EntryKind.NOTE)
        if verb is Verb.KEEP_READY:
            return self._line(tx, EntryKind.REPLY)
        if verb in {Verb.UNDO_ALL, Verb.SEND_ALL}:
            self._answered(tx, Verb.SIMILAR, holder)
            return self._latest(tx)
        if verb in {Verb.UNDO, Verb.SEND_NOW, Verb.MAILED}:
            self._answered(tx, Verb.REPLY, holder)
            return self._latest(tx)
        return 0

    def _answered(self, tx: Transaction, verb: Verb, holder: int) -> None:
        everything = Staff(person=holder, roles=(StaffRole(person=holder, role=Role.MANAGER),))
        verbs.perform(replace(self.act(tx, verb, everything), person=holder))

    def _latest(self, tx: Transaction) -> int:
        return tx.scalar(sa.select(sa.func.max(entries.c.id)).where(entries.c.state == EntryState.PENDING)) or 0

    def _line(self, tx: Transaction, kind: EntryKind) -> int:
        line = Entry(query=1, kind=kind, text="Words", at=self.office.now, author=self.person)
        return queries.add_entry(tx, line).id

    def left(self, tx: Transaction) -> list[object]:
        """Everything that a verb could have left behind."""
        counted = [tx.scalar(sa.select(sa.func.count()).select_from(table)) for table in (audit, entries, deliveries)]
        return [queries.get(tx, 1), *counted]


@pytest.fixture
def desk(sqlite_url: str, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Desk:
    """A question is at the mission in Kenya."""
    office = open_office(Database(sqlite_url), seal, tmp_path / "files", now)
    office.say("Who coordinates?")
    person = office.database.run_sync(lambda tx: people.add(tx, Person(language="en"), "slack", "USOME", ""))
    return Desk(office, person.id)


def somebody(desk: Desk, role: Role, limit: dict[str, str]) -> Staff:
    return Staff(person=desk.person, roles=(StaffRole(person=desk.person, role=role, **limit),))


def refused(desk: Desk, verb: Verb, staff: Staff, why: type[NotAllowed] = NotAllowed, holder: int = 0) -> bool:
    """Whether it is refused for this reason and leaves nothing."""

    def work(tx: Transaction) -> bool:
        entry = desk.ready(tx, verb, holder or desk.person)
        before = desk.left(tx)
        with pytest.raises(why):
            verbs.perform(desk.act(tx, verb, staff, entry))
        return desk.left(tx) == before

    return desk.office.database.run_sync(work)


def done(desk: Desk, verb: Verb, staff: Staff, holder: int = 0) -> list[str]:
    """What the audit log says of it."""

    def work(tx: Transaction) -> list[str]:
        entry = desk.ready(tx, verb, holder or desk.person)
        tx.execute(sa.delete(audit))
        verbs.perform(desk.act(tx, verb, staff, entry))
        return list(tx.scalars(sa.select(audit.c.act).where(audit.c.person == desk.person)))

    return desk.office.database.run_sync(work)


@pytest.mark.parametrize("limit", INSIDE, ids=lambda limit: next(iter(limit.values()), "everywhere"))
@pytest.mark.parametrize("role", [role for role in Role if role in WORKING])
@pytest.mark.parametrize("verb", [verb for verb in Verb if verb not in NO_ACT | OF_MANAGERS])
def test_allowed(desk: Desk, verb: Verb, role: Role, limit: dict[str, str]) -> None:
    """Focal points and managers, wherever their role covers the desk; each act is in the audit log."""
    assert verb.value in done(desk, verb, somebody(desk, role, limit))


@pytest.mark.parametrize("limit", INSIDE, ids=lambda limit: next(iter(limit.values()), "everywhere"))
@pytest.mark.parametrize("verb", OF_MANAGERS)
def test_managers_do_what_is_theirs(desk: Desk, verb: Verb, limit: dict[str, str]) -> None:
    """Wherever their role covers the desk."""
    assert verb.value in done(desk, verb, somebody(desk, Role.MANAGER, limit))


@pytest.mark.parametrize("verb", OF_MANAGERS)
def test_a_focal_point_does_not_do_what_is_for_managers(desk: Desk, verb: Verb) -> None:
    """Not even at their own desk."""
    assert refused(desk, verb, somebody(desk, Role.FOCAL_POINT, {"desk": "mission-ke"}))


@pytest.mark.parametrize("limit", OUTSIDE, ids=lambda limit: next(iter(limit.values())))
@pytest.mark.parametrize("role", [role for role in Role if role in WORKING])
@pytest.mark.parametrize("verb", list(Verb))
def test_out_of_scope(desk: Desk, verb: Verb, role: Role, limit: dict[str, str]) -> None:
    """The same roles, limited to something else."""
    assert refused(desk, verb, somebody(desk, role, limit))


@pytest.mark.parametrize("limit", INSIDE, ids=lambda limit: next(iter(limit.values()), "everywhere"))
@pytest.mark.parametrize("role", [role for role in Role if role not in WORKING])
@pytest.mark.parametrize("verb", list(Verb))
def test_other_roles(desk: Desk, verb: Verb, role: Role, limit: dict[str, str]) -> None:
    """Editors, approvers, administrators and the confidential desk handle no queries, whatever they cover."""
    assert refused(desk, verb, somebody(desk, role, limit))


@pytest.mark.parametrize("verb", list(Verb))
def test_nobody(desk: Desk, verb: Verb) -> None:
    """Somebody without any role."""
    assert refused(desk, verb, Staff(person=desk.person, roles=()))


@pytest.mark.parametrize("verb", list(Verb))
def test_a_desk_whose_chat_they_left(desk: Desk, verb: Verb) -> None:
    """The role covers it, and rests there."""
    staff = replace(somebody(desk, Role.FOCAL_POINT, {"region": "EHA"}), resting=frozenset({"mission-ke"}))
    assert refused(desk, verb, staff)


@pytest.mark.parametrize("verb", OF_THE_HOLDER)
def test_a_colleague_has_it(desk: Desk, verb: Verb) -> None:
    """A focal point leaves it alone."""
    other = desk.person - 1
    assert refused(desk, verb, somebody(desk, Role.FOCAL_POINT, {"region": "EHA"}), HeldByOther, other)


@pytest.mark.parametrize("verb", OF_THE_HOLDER)
def test_a_manager_steps_in(desk: Desk, verb: Verb) -> None:
    """Where their role covers the desk."""
    assert done(desk, verb, somebody(desk, Role.MANAGER, {"region": "EHA"}), desk.person - 1) == [verb.value]


@pytest.mark.parametrize("verb", OF_THE_HOLDER)
def test_a_manager_of_elsewhere_does_not_step_in(desk: Desk, verb: Verb) -> None:
    """Being a manager somewhere and a focal point here makes nobody a manager here."""
    roles = (
        StaffRole(person=desk.person, role=Role.FOCAL_POINT, desk="mission-ke"),
        StaffRole(person=desk.person, role=Role.MANAGER, region="SAF"),
    )
    assert refused(desk, verb, Staff(person=desk.person, roles=roles), HeldByOther, desk.person - 1)


@pytest.mark.req("S1-D7")
def test_two_regions_that_are_merged_keep_their_open_queries(desk: Desk) -> None:
    """Whoever has a query keeps it, and from one day to the next the new region covers it."""
    office = desk.office
    world = office.setup.world
    moved = {name: replace(each, region="SAF") for name, each in world.desks.items() if each.region == "EHA"}
    merged = replace(world, desks={**world.desks, **moved})
    liaison = somebody(desk, Role.FOCAL_POINT, {"desk": "mission-ke"})

    def work(tx: Transaction) -> list[int]:
        desk.ready(tx, Verb.NOTE, desk.person)
        office.setup = replace(office.setup, world=merged)
        held = queries.get(tx, 1).holder
        verbs.perform(desk.act(tx, Verb.NOTE, liaison))
        with pytest.raises(NotAllowed):
            verbs.perform(desk.act(tx, Verb.NOTE, somebody(desk, Role.MANAGER, {"region": "EHA"})))
        verbs.perform(desk.act(tx, Verb.RELEASE, somebody(desk, Role.MANAGER, {"region": "SAF"})))
        return [held, queries.get(tx, 1).holder]

    assert office.database.run_sync(work) == [desk.person, 0]
