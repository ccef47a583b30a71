"""/away and /back: staff say when they are not there, and who stands in."""

from datetime import UTC, datetime, time, timedelta

from bot.core.calendar import timezone
from bot.core.conversation.asking import Held, ask
from bot.core.conversation.scene import Scene
from bot.core.conversation.state import Ask, Prompt, State, Turn
from bot.core.dates import days
from bot.core.desk_turn import EndAbsence, SetAbsence
from bot.core.message import Fields
from bot.core.turn import Option, Say

#: Nobody is offered more colleagues than fit one message.
MOST_COLLEAGUES = 8
NOBODY = Option("0", "desk_decides")


def away(rest: str, state: State, scene: Scene) -> Turn:
    """Until when, or from when until when; then who stands in."""
    if scene.staff is None:
        return Turn(state, (Say("errors.not_staff"),))
    spell = _spell(rest, scene)
    if spell is None:
        return Turn(state, (Say("staff.away_how"),))
    begins, ends = spell
    fields: Fields = {"begins": begins.isoformat(), "ends": ends.isoformat(), "later": begins > scene.now}
    held = Held(text=f"{begins.isoformat()} {ends.isoformat()}")
    named = (
        Option(str(each.person), "stand_in", {"name": each.name, "desk": each.desk, "number": each.person})
        for each in scene.stand_ins[:MOST_COLLEAGUES]
    )
    return ask(Turn(state), scene, Ask.DEPUTY, "staff.who_stands_in", (*named, NOBODY), fields, held)


def deputy_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    begins, ends = (datetime.fromisoformat(each) for each in prompt.text.split())
    return Turn(state.without(prompt), (SetAbsence(begins, ends, int(value)),))


def back(rest: str, state: State, scene: Scene) -> Turn:
    if scene.staff is None:
        return Turn(state, (Say("errors.not_staff"),))
    return Turn(state, (EndAbsence(),))


def _spell(text: str, scene: Scene) -> tuple[datetime, datetime] | None:
    """From the first named day (or now) to the beginning of the last, in the person's own zone."""
    zone = timezone(scene.zone)
    today = scene.now.astimezone(zone).date()
    named = days(text, today)
    if not named:
        return None
    starts = [datetime.combine(day, time.min, zone).astimezone(UTC) for day in (named[0], named[-1])]
    if len(named) == 1:
        return scene.now, starts[1] if named[0] > today else starts[1] + timedelta(days=1)
    return max(starts[0], scene.now), starts[1]
