"""Who comes and goes in a group, as the simulator tells it and the adapter hears it."""

from adapters.simulator.telegram_state import Status
from bot.core.message import Change, Membership, Place, Unheard
from tests.contract.test_telegram_simulator import Stage, stage, start

__all__ = ["stage"]


async def test_a_member_who_leaves(stage: Stage) -> None:
    """The change and the message about it name who left."""
    await start(stage)
    stage.simulator.telegram.join(stage.amal, stage.desk)
    assert [(await stage.heard()).content for _ in range(2)] == [Unheard(), Unheard()]
    stage.simulator.telegram.leave(stage.amal, stage.desk)
    for event in (await stage.heard(), await stage.heard()):
        assert (event.content, event.sender.user, event.place) == (Membership(Change.LEFT), "42", Place.GROUP)


async def test_a_member_who_is_banned(stage: Stage) -> None:
    """Whoever did it is not the one who left."""
    await start(stage)
    stage.simulator.telegram.ban(stage.amal, stage.desk, stage.basil)
    for event in (await stage.heard(), await stage.heard()):
        assert (event.content, event.sender.user) == (Membership(Change.LEFT), "42")


async def test_a_bot_that_is_no_administrator_hears_of_it_once(stage: Stage) -> None:
    """Members of the group are told of to administrators alone; the message in the group is for everybody."""
    await start(stage)
    stage.desk.bot = Status.MEMBER
    stage.simulator.telegram.leave(stage.basil, stage.desk)
    event = await stage.heard()
    assert (event.content, event.sender.user) == (Membership(Change.LEFT), "43")
    assert stage.events.empty()
