"""The inbox and its leases on both databases."""

import asyncio
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.core.channel import Raw
from bot.core.errors import Conflict
from bot.core.message import Address, Happened
from storage import clock, deliveries, inbox
from storage.database import Database, Transaction
from storage.inbox import Claimed, LeaseLost
from storage.sealing import ProcessSeal
from storage.tables import conversations
from storage.tables import inbox as events

LEASE = 10.0


def raw(number: int, chat: str = "1") -> Raw:
    return Raw("telegram", f"e{number}", f"telegram:{chat}", f"payload {number}".encode())


def take(tx: Transaction, me: str = "me", n: int = 9) -> list[Claimed]:
    return inbox.claim(tx, me, LEASE, n)


def lose_leases(tx: Transaction) -> None:
    tx.execute(sa.update(conversations).values(lease_until=1.0))


def ready_again(tx: Transaction) -> None:
    tx.execute(sa.update(conversations).values(ready_at=0))


async def test_the_same_event_is_kept_once(database: Database, seal: ProcessSeal, now: datetime) -> None:
    """A platform that sends an event again changes nothing, also within one call and after it was handled."""

    def work(tx: Transaction) -> None:
        assert inbox.accept(tx, [raw(1), raw(2), raw(1)], seal, now) == 2
        assert inbox.accept(tx, [raw(2), raw(3)], seal, now) == 1
        [first] = take(tx)
        inbox.finish(tx, first)
        assert inbox.accept(tx, [raw(1)], seal, now) == 0
        assert tx.execute(sa.select(conversations.c.pending)).scalar_one() == 2

    await database.run(work)


async def test_events_come_in_order_and_one_at_a_time(database: Database, seal: ProcessSeal, now: datetime) -> None:
    """The next event of a conversation comes when the last one is done; other conversations do not wait."""

    def work(tx: Transaction) -> None:
        inbox.accept(tx, [raw(1), raw(2), raw(3, chat="2")], seal, now)
        first, other = sorted(take(tx), key=lambda each: each.inbox_id)
        assert (first.event_id, other.event_id) == ("e1", "e3")
        assert seal.open(first.payload) == b"payload 1"
        assert take(tx) == []
        inbox.finish(tx, first)
        assert [each.event_id for each in take(tx)] == ["e2"]

    await database.run(work)


async def test_no_more_than_asked_for(database: Database, seal: ProcessSeal, now: datetime) -> None:
    """A claim takes as many conversations as there is room for; two at once take different ones."""
    await database.run(lambda tx: inbox.accept(tx, [raw(i, str(i)) for i in range(20)], seal, now))
    claims = await asyncio.gather(
        *(database.run(lambda tx, me=f"p{i}": take(tx, me, 4)) for i in range(4))  # type: ignore[misc]
    )
    taken = [each.conversation for claim in claims for each in claim]
    assert [len(claim) for claim in claims] == [4, 4, 4, 4]
    assert len(set(taken)) == 16


async def test_a_done_event_is_erased(database: Database, seal: ProcessSeal, now: datetime) -> None:
    """What somebody wrote is not kept in the inbox once it is handled."""

    def work(tx: Transaction) -> None:
        inbox.accept(tx, [raw(1)], seal, now)
        [claimed] = take(tx)
        inbox.finish(tx, claimed)
        assert [(row.state, row.payload) for row in tx.execute(sa.select(events))] == [("done", None)]
        assert inbox.oldest_waiting(tx) is None

    await database.run(work)


async def test_a_lost_lease_cannot_finish(database: Database, seal: ProcessSeal, now: datetime) -> None:
    """Once somebody else has the conversation, the one who lost it can neither finish, fail nor lengthen."""

    def work(tx: Transaction) -> None:
        inbox.accept(tx, [raw(1)], seal, now)
        [lost] = take(tx)
        assert {lost.fence} == inbox.extend(tx, [lost.fence], LEASE)
        lose_leases(tx)
        assert set() == inbox.extend(tx, [lost.fence], LEASE)
        [again] = take(tx)
        for act in (inbox.finish, inbox.fail, inbox.hold):
            with pytest.raises(LeaseLost):
                act(tx, lost)
        inbox.release(tx, lost)
        inbox.hold(tx, again)
        inbox.finish(tx, again)

    assert issubclass(LeaseLost, Conflict)
    await database.run(work)


async def test_a_failing_event_waits_and_is_given_up(database: Database, seal: ProcessSeal, now: datetime) -> None:
    """It is tried three times with backoff, keeps its payload, and then lets the next one pass."""

    def work(tx: Transaction) -> None:
        inbox.accept(tx, [raw(1), raw(2)], seal, now)
        for given_up in (False, False, True):
            [claimed] = take(tx)
            assert claimed.event_id == "e1"
            assert given_up is inbox.fail(tx, claimed)
            if not given_up:
                assert take(tx) == []
                inbox.accept(tx, [raw(2)], seal, now)
                assert take(tx) == []
            ready_again(tx)
        assert [each.event_id for each in take(tx)] == ["e2"]
        assert inbox.failed(tx) == 1
        failed = tx.execute(sa.select(events.c.payload).where(events.c.state == "failed")).scalar_one()
        assert seal.open(failed) == b"payload 1"

    await database.run(work)


async def test_a_new_event_does_not_shorten_a_backoff(database: Database, seal: ProcessSeal, now: datetime) -> None:
    """Who writes again while an event waits to be tried again does not make it come sooner."""

    def work(tx: Transaction) -> None:
        inbox.accept(tx, [raw(1)], seal, now)
        inbox.fail(tx, take(tx)[0])
        inbox.accept(tx, [raw(2)], seal, now)
        assert take(tx) == []

    await database.run(work)


async def test_an_event_of_our_own_comes_in_turn(database: Database, seal: ProcessSeal, now: datetime) -> None:
    """A conversation hears of an hour gone by like of any event, once."""

    def work(tx: Transaction) -> None:
        happened = Happened("answered", "Q-0001")
        for _ in range(2):
            inbox.add_internal(tx, "telegram", "telegram:7", "own:1", happened, now, seal)
        [claimed] = take(tx)
        event = inbox.own_event(claimed, seal.open(claimed.payload))
        assert (happened, Address("telegram", "7"), now) == (event.content, event.address, event.at)
        inbox.finish(tx, claimed)
        assert take(tx) == []

    await database.run(work)


async def test_a_turn_survives_the_migration_of_its_chat(database: Database, seal: ProcessSeal, now: datetime) -> None:
    """The event that tells of the new id is itself under way when everything is moved."""

    def work(tx: Transaction) -> None:
        inbox.accept(tx, [raw(1), raw(2)], seal, now)
        inbox.save_state(tx, "telegram:1", {"step": "country"})
        [claimed] = take(tx)
        deliveries.rewrite(tx, Address("telegram", "1"), Address("telegram", "-100"))
        inbox.finish(tx, claimed)
        assert [each.conversation for each in take(tx)] == ["telegram:-100"]
        assert inbox.state(tx, "telegram:-100") == {"step": "country"}

    await database.run(work)


async def test_state_is_kept(database: Database) -> None:
    """A conversation's state is what was saved last; nothing before it has begun."""

    def work(tx: Transaction) -> None:
        assert inbox.state(tx, "telegram:1") == {}
        inbox.save_state(tx, "telegram:1", {"a": 1})
        inbox.save_state(tx, "telegram:1", {"b": [2]})
        assert inbox.state(tx, "telegram:1") == {"b": [2]}

    await database.run(work)


async def test_the_oldest_waiting_event_is_known(database: Database, seal: ProcessSeal, now: datetime) -> None:
    """Its age is what an alarm looks at."""

    def work(tx: Transaction) -> None:
        inbox.accept(tx, [raw(1)], seal, now)
        inbox.accept(tx, [raw(2)], seal, now + timedelta(minutes=1))
        assert now == inbox.oldest_waiting(tx)

    await database.run(work)


async def test_a_conversation_lease_from_the_future_is_cut(
    database: Database, seal: ProcessSeal, now: datetime
) -> None:
    """After the database's clock was set back nobody waits for a lease that can never end."""

    def work(tx: Transaction) -> None:
        inbox.accept(tx, [raw(1)], seal, now)
        take(tx)
        tx.execute(sa.update(conversations).values(lease_until=clock.seconds(tx) + 1_000_000))
        assert len(take(tx)) == 1

    await database.run(work)
