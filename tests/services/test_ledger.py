"""The ledger on both databases."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.core.channel import Op
from bot.core.delivery import Delivery, DeliveryKind, DeliveryState, NewDelivery, Outcome, Priority
from bot.core.message import Address, Button, FileKind, Message, StoredFile
from bot.core.message_json import dump_message, load_message
from storage import addresses, clock, deliveries, lanes
from storage.database import Database, Transaction
from storage.tables import addresses as address_rows
from storage.tables import bound_desks, conversations, desk_threads, inbox
from storage.tables import deliveries as rows

FAST = 1000.0
LEASE = 10.0


def new(now: datetime, source: str = "event", chat: str = "1", **more: object) -> NewDelivery:
    values: dict[str, object] = {"message": Message("x.y", {"n": source}), "due": now}
    return NewDelivery(source=source, to=Address("telegram", chat), **(values | more))  # type: ignore[arg-type]


def take(tx: Transaction, now: datetime, slots: int = 64, me: str = "me", pace: float = 0.0) -> list[Delivery]:
    """Claim, with the lane's own pace out of the way."""
    return deliveries.claim(tx, me, "telegram", slots, now, FAST, LEASE, lambda _: pace).deliveries


def sent(taken: Sequence[Delivery], result: str = "m") -> list[Outcome]:
    return [Outcome(delivery=each, state=DeliveryState.SENT, result=f"{result}{each.id}") for each in taken]


def ended(taken: Delivery, state: DeliveryState, **more: object) -> list[Outcome]:
    return [Outcome(delivery=taken, state=state, **more)]  # type: ignore[arg-type]


def state(tx: Transaction, delivery_id: int) -> DeliveryState:
    return deliveries.get(tx, delivery_id).state


def no_pause(tx: Transaction) -> None:
    """What a pace reserved is over."""
    tx.execute(sa.update(address_rows).values(next_at=0, paused_until=0))


def lose_leases(tx: Transaction) -> None:
    tx.execute(sa.update(rows).where(rows.c.state == "sending").values(lease_until=1.0))


def test_a_message_survives_json() -> None:
    """What waits in the ledger is what was to be said."""
    file = StoredFile("ab" * 32, "plan.pdf", FileKind.VOICE, "audio/ogg", 7, 3)
    button = Button("yes", "t:1", {"count": 3}, 1)
    message = Message("a.b", {"list": ["x", 1, None], "in": {"a": True}}, (button,), "fr", "Africa/Nairobi", file, True)
    assert message == load_message(dump_message(message))


async def test_added_twice_it_is_there_once(database: Database, now: datetime) -> None:
    """The key is source, part, account and chat; the first message stays."""
    first = await database.run(lambda tx: deliveries.add(tx, new(now)))
    second = await database.run(lambda tx: deliveries.add(tx, new(now, message=Message("other"))))
    assert first == second
    assert (await database.read(lambda tx: deliveries.get(tx, first))).delivery.message.template == "x.y"


async def test_one_of_a_chat_at_a_time_and_in_order(database: Database, now: datetime) -> None:
    """While one is on its way nothing else of its chat is claimed; then comes the next one."""

    def work(tx: Transaction) -> None:
        added = [deliveries.add(tx, new(now, f"s{i}")) for i in range(3)]
        other = deliveries.add(tx, new(now, "other", chat="2"))
        first = take(tx, now)
        assert {added[0], other} == {each.id for each in first}
        assert take(tx, now) == []
        deliveries.record(tx, sent(first), now)
        assert [added[1]] == [each.id for each in take(tx, now)]

    await database.run(work)


async def test_conversation_goes_before_bulk(database: Database, now: datetime) -> None:
    """An answer does not wait behind an announcement that was queued before it."""

    def work(tx: Transaction) -> None:
        for i in range(20):
            deliveries.add(tx, new(now, f"b{i}", chat=str(i), priority=Priority.BULK))
        answer = deliveries.add(tx, new(now, "answer", chat="3"))
        assert answer == take(tx, now, slots=4)[0].id

    await database.run(work)


async def test_a_later_one_does_not_hold_up_its_chat(database: Database, now: datetime) -> None:
    """What is due later waits alone; so does what comes after something unsent."""

    def work(tx: Transaction) -> None:
        later = deliveries.add(tx, new(now, "later", due=now + timedelta(seconds=10)))
        deliveries.add(tx, new(now, "follows", after=later))
        ready = deliveries.add(tx, new(now, "ready", priority=Priority.STAFF))
        taken = take(tx, now)
        assert [ready] == [each.id for each in taken]
        deliveries.record(tx, sent(taken), now)
        assert [later] == [each.id for each in take(tx, now + timedelta(seconds=10))]

    await database.run(work)


async def test_hastened_it_leaves_now_and_cancelled_never(database: Database, now: datetime) -> None:
    """Undo works while a delivery is queued, and not once it is on its way."""

    def work(tx: Transaction) -> None:
        later = now + timedelta(seconds=10)
        undone = deliveries.add(tx, new(now, "undone", due=later))
        hastened = deliveries.add(tx, new(now, "hastened", due=later))
        assert deliveries.cancel(tx, undone)
        assert deliveries.hasten(tx, hastened, now)
        assert [hastened] == [each.id for each in take(tx, now)]
        assert not deliveries.cancel(tx, hastened)
        assert not deliveries.hasten(tx, undone, now)
        assert DeliveryState.CANCELLED is state(tx, undone)

    await database.run(work)


async def test_root_and_target_become_platform_ids(database: Database, now: datetime) -> None:
    """A topic's result is the thread; an edit names the message it changes."""

    def work(tx: Transaction) -> None:
        topic = deliveries.add(tx, new(now, "topic", op=Op.OPEN_THREAD))
        card = deliveries.add(tx, new(now, "card", after=topic, root=topic))
        reply = deliveries.add(tx, new(now, "reply", chat="1", root=card))
        edit = deliveries.add(tx, new(now, "edit", chat="1", op=Op.EDIT, target=card, priority=Priority.STAFF))
        deliveries.record(tx, sent(take(tx, now), "t"), now)
        [posted] = take(tx, now)
        assert (card, f"t{topic}") == (posted.id, posted.to.thread)
        deliveries.record(tx, sent([posted]), now)
        [answer] = take(tx, now)
        assert (reply, f"m{card}", "") == (answer.id, answer.thread_or_reply, answer.to.thread)
        deliveries.record(tx, sent([answer]), now)
        [edited] = take(tx, now)
        assert (edit, f"m{card}") == (edited.id, edited.target)

    await database.run(work)


async def test_what_follows_something_unsendable_is_cancelled(database: Database, now: datetime) -> None:
    """A refused first part takes all later parts with it, also those added afterwards."""

    def work(tx: Transaction) -> None:
        first = deliveries.add(tx, new(now, "1"))
        second = deliveries.add(tx, new(now, "2", after=first))
        third = deliveries.add(tx, new(now, "3", after=second))
        [taken] = take(tx, now)
        told = deliveries.record(tx, ended(taken, DeliveryState.REFUSED, reason="too long"), now)
        assert [(first, "too long"), (second, "after"), (third, "after")] == [(o.delivery.id, o.reason) for o in told]
        late = deliveries.add(tx, new(now, "4", after=third))
        assert [state(tx, each) for each in (second, third, late)] == [DeliveryState.CANCELLED] * 3

    await database.run(work)


async def test_a_card_that_changes_is_edited_once(database: Database, now: datetime) -> None:
    """Changes before it leaves are one post; changes afterwards are one edit of the posted message."""

    def work(tx: Transaction) -> None:
        card = deliveries.add(tx, new(now, "card"))
        deliveries.renew(tx, card, Message("card", {"v": 2}), now)
        deliveries.renew(tx, card, Message("card", {"v": 3}), now)
        [posted] = take(tx, now)
        assert (posted.op, posted.message.fields) == (Op.POST, {"v": 3})
        deliveries.record(tx, sent([posted]), now)
        deliveries.renew(tx, card, Message("card", {"v": 4}), now)
        deliveries.renew(tx, card, Message("card", {"v": 5}), now)
        [edited] = take(tx, now)
        assert (Op.EDIT, {"v": 5}, f"m{card}") == (edited.op, edited.message.fields, edited.target)
        deliveries.record(tx, sent([edited], "ignored"), now)
        assert take(tx, now) == []
        assert f"m{card}" == deliveries.get(tx, card).result

    await database.run(work)


async def test_a_card_that_changes_on_its_way_is_edited_after(database: Database, now: datetime) -> None:
    """The result of the older revision is kept, told as sent, and followed by an edit."""

    def work(tx: Transaction) -> None:
        card = deliveries.add(tx, new(now, "card"))
        [posted] = take(tx, now)
        deliveries.renew(tx, card, Message("card", {"v": 2}), now)
        [told] = deliveries.record(tx, sent([posted]), now)
        assert DeliveryState.SENT is told.state
        assert DeliveryState.QUEUED is state(tx, card)
        [edited] = take(tx, now)
        assert (Op.EDIT, {"v": 2}, f"m{card}") == (edited.op, edited.message.fields, edited.target)
        deliveries.record(tx, sent([edited]), now)
        assert DeliveryState.SENT is state(tx, card)

    await database.run(work)


async def test_what_follows_a_card_does_not_wait_for_its_edits(database: Database, now: datetime) -> None:
    """Once posted, a card lets its thread go on, whatever becomes of the edit."""

    def work(tx: Transaction) -> None:
        card = deliveries.add(tx, new(now, "card"))
        deliveries.record(tx, sent(take(tx, now)), now)
        deliveries.renew(tx, card, Message("card", {"v": 2}), now)
        note = deliveries.add(tx, new(now, "note", after=card))
        [edit] = take(tx, now)
        deliveries.record(tx, ended(edit, DeliveryState.REFUSED, reason="gone"), now)
        assert [note] == [each.id for each in take(tx, now)]

    await database.run(work)


async def test_a_renewal_with_the_same_words_changes_nothing(database: Database, now: datetime) -> None:
    """A platform refuses an edit that changes nothing, so none is queued."""

    def work(tx: Transaction) -> None:
        card = deliveries.add(tx, new(now, "card", message=Message("card", {"v": 1})))
        deliveries.record(tx, sent(take(tx, now)), now)
        deliveries.renew(tx, card, Message("card", {"v": 1}), now)
        assert DeliveryState.SENT is state(tx, card)

    await database.run(work)


@pytest.mark.parametrize(
    ("kind", "times"),
    [(DeliveryKind.ANSWER, 1), (DeliveryKind.NOTICE, 5), (DeliveryKind.ANNOUNCEMENT, 0)],
)
async def test_an_expired_lease_is_a_doubt(database: Database, now: datetime, kind: DeliveryKind, times: int) -> None:
    """It is counted; an answer is sent once more and marked, a card until it is seen, an announcement not at all."""

    def work(tx: Transaction) -> None:
        delivery = deliveries.add(tx, new(now, kind=kind))
        for doubts in range(1, times + 2):
            assert [each.repeated for each in take(tx, now)] == [doubts > 1]
            assert deliveries.expire(tx) == []
            lose_leases(tx)
            then = DeliveryState.QUEUED if doubts <= times else DeliveryState.UNCERTAIN
            assert [then] == [each.state for each in deliveries.expire(tx)]
            assert (then, doubts) == (state(tx, delivery), deliveries.doubts(tx))
        assert take(tx, now) == []

    await database.run(work)


async def test_an_edit_in_doubt_is_simply_repeated(database: Database, now: datetime) -> None:
    """Doing it twice is doing it once, so nothing is marked."""

    def work(tx: Transaction) -> None:
        card = deliveries.add(tx, new(now, kind=DeliveryKind.ANNOUNCEMENT))
        deliveries.record(tx, sent(take(tx, now)), now)
        deliveries.renew(tx, card, Message("changed"), now)
        for _ in range(2):
            [edit] = take(tx, now)
            deliveries.record(tx, ended(edit, DeliveryState.UNCERTAIN), now)
        assert [each.repeated for each in take(tx, now)] == [False]

    await database.run(work)


async def test_a_result_after_the_lease_was_lost_is_dropped(database: Database, now: datetime) -> None:
    """Once the row has gone on without its sender, its late result changes nothing."""

    def work(tx: Transaction) -> None:
        delivery = deliveries.add(tx, new(now))
        late = take(tx, now)
        lose_leases(tx)
        deliveries.expire(tx)
        [again] = take(tx, now)
        assert deliveries.record(tx, sent(late), now) == []
        assert DeliveryState.SENDING is state(tx, delivery)
        deliveries.record(tx, sent([again]), now)
        assert DeliveryState.SENT is state(tx, delivery)

    await database.run(work)


async def test_a_heartbeat_never_revives_a_lost_lease(database: Database, now: datetime) -> None:
    """A lease that has run out stays so, however late its owner comes."""

    def work(tx: Transaction) -> None:
        delivery = deliveries.add(tx, new(now))
        take(tx, now)
        assert {(delivery, 1)} == deliveries.beat(tx, "me", LEASE)
        assert set() == deliveries.beat(tx, "somebody else", LEASE)
        lose_leases(tx)
        assert set() == deliveries.beat(tx, "me", LEASE)

    await database.run(work)


async def test_a_lease_from_the_future_is_cut(database: Database, now: datetime) -> None:
    """After the database's clock was set back, leases and pauses end within a minute and an hour."""

    def work(tx: Transaction) -> None:
        delivery = deliveries.add(tx, new(now))
        take(tx, now)
        far = clock.seconds(tx) + 1_000_000
        tx.execute(sa.update(rows).values(lease_until=far))
        tx.execute(sa.update(address_rows).values(next_at=far, paused_until=far))
        deliveries.expire(tx)
        until = tx.execute(sa.select(rows.c.lease_until)).scalar_one()
        assert until < clock.seconds(tx) + 60
        lose_leases(tx)
        deliveries.expire(tx)
        assert [delivery] == [each.id for each in take(tx, now)]

    await database.run(work)


async def test_an_unreachable_chat_gets_nothing_until_it_is_back(database: Database, now: datetime) -> None:
    """The reason is stored with every later delivery at once."""

    def work(tx: Transaction) -> None:
        deliveries.add(tx, new(now, "1"))
        [taken] = take(tx, now)
        deliveries.record(tx, ended(taken, DeliveryState.UNREACHABLE, reason="blocked"), now)
        stored = deliveries.get(tx, deliveries.add(tx, new(now, "2")))
        assert (stored.state, stored.reason) == (DeliveryState.UNREACHABLE, "blocked")
        deliveries.mark_reachable(tx, "telegram", "1")
        assert DeliveryState.QUEUED is state(tx, deliveries.add(tx, new(now, "3")))
        assert deliveries.send_again(tx, stored.delivery.id, now)

    await database.run(work)


async def test_totals_count_every_delivery_once(database: Database, now: datetime) -> None:
    """The states together are the audience."""

    def work(tx: Transaction) -> None:
        for i in range(4):
            deliveries.add(tx, new(now, "a", chat=str(i)))
        first, second, *_ = take(tx, now, slots=3)
        deliveries.record(tx, sent([first]) + ended(second, DeliveryState.REFUSED), now)
        counted = deliveries.totals(tx)
        assert (
            counted[DeliveryState.SENT],
            counted[DeliveryState.REFUSED],
            counted[DeliveryState.SENDING],
            counted[DeliveryState.QUEUED],
        ) == (1, 1, 1, 1)
        assert sum(counted.values()) == 4

    await database.run(work)


async def test_a_wait_for_one_chat_delays_only_that_chat(database: Database, now: datetime) -> None:
    """429 for a chat: the others go on, and it goes on when its time is over."""

    def work(tx: Transaction) -> None:
        for chat in "12":
            for i in range(2):
                deliveries.add(tx, new(now, f"s{i}", chat=chat))
        limited, other = take(tx, now)
        outcomes = ended(limited, DeliveryState.QUEUED, wait=30.0) + sent([other])
        deliveries.record(tx, outcomes, now)
        assert [other.to.chat] == [each.to.chat for each in take(tx, now)]
        no_pause(tx)
        assert [limited.id] == [each.id for each in take(tx, now)]

    await database.run(work)


async def test_a_wait_everywhere_delays_the_lane(database: Database, now: datetime) -> None:
    """A global 429 stops the account, and says for how long."""

    def work(tx: Transaction) -> None:
        deliveries.add(tx, new(now, chat="1"))
        deliveries.add(tx, new(now, chat="2"))
        [limited] = take(tx, now, slots=1)
        deliveries.record(tx, ended(limited, DeliveryState.QUEUED, wait=30.0, everywhere=True), now)
        claim = deliveries.claim(tx, "me", "telegram", 9, now, FAST, LEASE)
        assert claim.deliveries == []
        assert 25 < claim.wait <= 30

    await database.run(work)


async def test_a_chat_keeps_its_own_pace(database: Database, now: datetime) -> None:
    """The next one of a chat waits for the chat's pace, counted from the moment the last one may leave."""

    def work(tx: Transaction) -> None:
        for i in range(2):
            deliveries.add(tx, new(now, f"s{i}"))
        deliveries.record(tx, sent(take(tx, now, pace=3.0)), now)
        assert take(tx, now) == []
        no_pause(tx)
        assert len(take(tx, now)) == 1

    await database.run(work)


async def test_the_lane_reserves_a_quarter_of_a_second_ahead(database: Database, now: datetime) -> None:
    """At 30 a second eight leave at once into the future, and no more until time has passed."""

    def work(tx: Transaction) -> None:
        for i in range(60):
            deliveries.add(tx, new(now, chat=str(i)))
        claim = deliveries.claim(tx, "me", "telegram", 64, now, 30, LEASE)
        assert len(claim.deliveries) == 8
        assert 0.05 < claim.again <= 0.25
        again = deliveries.claim(tx, "other process", "telegram", 64, now, 30, LEASE)
        assert len(again.deliveries) <= 2

    await database.run(work)


async def test_the_rate_is_kept_and_used(database: Database, now: datetime) -> None:
    """Over a second and a half the lane gives out its share of the limit, within the reserve."""
    rate, seconds = 100.0, 1.5

    def fill(tx: Transaction) -> None:
        for i in range(250):
            deliveries.add(tx, new(now, chat=str(i)))

    await database.run(fill)
    loop = asyncio.get_running_loop()
    begun, count = loop.time(), 0
    while loop.time() - begun < seconds:
        claim = await database.run(lambda tx: deliveries.claim(tx, "me", "telegram", 64, now, rate, LEASE))
        count += len(claim.deliveries)
        await asyncio.sleep(0.02)
    passed = loop.time() - begun
    most = (passed + lanes.AHEAD) * rate + 2
    assert passed * rate * 0.95 <= count <= most


async def test_two_processes_never_take_the_same(database: Database, now: datetime) -> None:
    """Claims that run at once share the work."""

    def fill(tx: Transaction) -> None:
        for i in range(60):
            deliveries.add(tx, new(now, chat=str(i)))

    await database.run(fill)
    claims = await asyncio.gather(
        *(database.run(lambda tx, me=f"p{i}": take(tx, now, 10, me)) for i in range(6))  # type: ignore[misc]
    )
    taken = [each.id for claim in claims for each in claim]
    assert (len(taken), len(set(taken))) == (60, 60)


async def test_a_migrated_chat_takes_everything_along(database: Database, now: datetime) -> None:
    """Desk, threads, waiting deliveries and conversation go on under the new id; the message is sent once more."""

    def work(tx: Transaction) -> None:
        where = {"account": "telegram", "chat": "-1"}
        tx.execute(sa.insert(bound_desks).values(desk="hq", style="topic", bound_at=now, **where))
        tx.execute(sa.insert(conversations).values(key="telegram:-1:7", state={"a": 1}, pending=1))
        event = {"event_id": "e", "conversation": "telegram:-1:7", "at": now}
        tx.execute(sa.insert(inbox).values(account="telegram", **event))
        deliveries.mark_unreachable(tx, "telegram", "-9", "gone", now)
        first = deliveries.add(tx, new(now, "1", chat="-1"))
        second = deliveries.add(tx, new(now, "2", chat="-1"))
        [taken] = take(tx, now)
        moved = ended(taken, DeliveryState.QUEUED, moved_to=Address("telegram", "-9"))
        deliveries.record(tx, moved, now)
        assert [(first, "-9")] == [(each.id, each.to.chat) for each in take(tx, now)]
        assert deliveries.get(tx, second).delivery.to.chat == "-9"
        assert tx.execute(sa.select(bound_desks.c.chat)).scalar_one() == "-9"
        assert [(row.key, row.state) for row in tx.execute(sa.select(conversations))] == [("telegram:-9:7", {"a": 1})]
        assert tx.execute(sa.select(inbox.c.conversation)).scalar_one() == "telegram:-9:7"
        assert addresses.unreachable(tx, "telegram", "-9") == ""
        assert tx.execute(sa.select(sa.func.count()).select_from(desk_threads)).scalar_one() == 0

    await database.run(work)


async def test_the_claim_uses_the_partial_indexes(database: Database, now: datetime) -> None:
    """Finished rows cost nothing: the statement reads queued rows in order and looks chats up."""
    from storage import ledger_claim  # noqa: PLC0415 - the statement itself is looked at

    def work(tx: Transaction) -> str:
        statement = ledger_claim._NEXT.replace(":now", "'2026-01-01'")
        for name, value in (("account", "'telegram'"), ("seconds", "1.0"), ("n", "8")):
            statement = statement.replace(f":{name}", value)
        if tx.dialect.name == "postgresql":
            tx.execute(sa.text("SET LOCAL enable_seqscan = off"))
            return "\n".join(tx.exec_driver_sql(f"EXPLAIN {statement}").scalars())
        return "\n".join(row[3] for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))

    plan = await database.run(work)
    assert "deliveries_queued" in plan
    assert "deliveries_unfinished" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan
