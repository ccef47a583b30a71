"""/chart: the numbers of one's desks as a picture."""

from bot.core.conversation.scene import Scene
from bot.core.conversation.state import State, Turn
from bot.core.desk_turn import ShowChart
from bot.core.insight import InsightChart
from bot.core.turn import Say


def chart(rest: str, state: State, scene: Scene) -> Turn:
    """The chart that is named; without a name, which there are."""
    if scene.staff is None:
        return Turn(state, (Say("errors.not_staff"),))
    name = rest.strip().lower()
    if name not in set(InsightChart):
        return Turn(state, (Say("insight.how", {"kind": scene.platform}),))
    return Turn(state, (ShowChart(InsightChart(name)),))
