"""Every word with a slash, and what does it."""

from collections.abc import Callable

from bot.core.conversation import (
    away,
    behalf,
    charting,
    colleagues,
    coming,
    commands,
    desk_lists,
    escalating,
    hours,
    leaving,
    linking,
    overview,
    profile,
    quoting,
    staff,
)
from bot.core.conversation.scene import Scene
from bot.core.conversation.state import State, Turn
from bot.core.turn import Say

COMMANDS: dict[str, Callable[[str, State, Scene], Turn]] = {
    "start": coming.start,
    "help": commands.help_,
    "privacy": commands.privacy,
    "status": overview.status,
    "query": overview.query,
    "language": commands.language,
    "stop": commands.stop,
    "resume": commands.go_on,
    "mydata": commands.my_data,
    "forgetme": commands.forget_me,
    "safe": commands.safe_way,
    "me": profile.me,
    "colleagues": colleagues.colleagues,
    "leave": leaving.leave,
    "link": linking.link,
    "whoami": staff.who_am_i,
    "console": commands.console,
    "escalate": escalating.escalate,
    "noquote": quoting.no_quotes,
    "quote": quoting.quotes,
    "away": away.away,
    "back": away.back,
    "hours": hours.hours,
    "queue": desk_lists.queue,
    "mine": desk_lists.mine,
    "due": desk_lists.due,
    "digest": desk_lists.digest,
    "chart": charting.chart,
    "invite": behalf.invite,
    "on_behalf": behalf.on_behalf,
}


def command(name: str, rest: str, state: State, scene: Scene) -> Turn:
    """Do what the command says; an unknown one is answered with what there is."""
    known = COMMANDS.get(name)
    if known is None:
        return Turn(state, (Say("errors.unknown_command", {"command": name}),))
    return known(rest, state, scene)
