"""/status and /query: own questions, and those of colleagues that are not private."""

import re

from bot.core.conversation.asking import ask
from bot.core.conversation.scene import Scene
from bot.core.conversation.state import Ask, Prompt, State, Turn
from bot.core.message import Fields
from bot.core.partner_turn import ShowQuery
from bot.core.query import Query
from bot.core.turn import Option, Say

#: So many questions are offered as choices; others are named: "/query Q-0003".
MOST_CHOICES = 6
_NUMBER = re.compile(r"(?:q-?)?0*(\d{1,15})", re.IGNORECASE)


def status(rest: str, state: State, scene: Scene) -> Turn:
    """References, owners and dates; never a text: a phone may be shared."""
    mine, theirs = scene.open_queries, _of_colleagues(scene)
    fields: Fields = {
        "queries": [_line(query) for query in mine],
        "colleagues": [_line(query) for query in theirs],
        "organisation": scene.team.organisation.name if scene.team else "",
    }
    if scene.team is None:
        return Turn(state, (Say("conversation.status", fields),))
    offered = (*mine, *theirs)[:MOST_CHOICES]
    options = tuple(Option(str(each.id), "query", {"reference": each.reference}) for each in offered)
    return ask(Turn(state), scene, Ask.QUERY, "conversation.status", options, fields)


def _of_colleagues(scene: Scene) -> tuple[Query, ...]:
    return tuple(each for each in scene.team.queries if each.person != scene.person.id) if scene.team else ()


def _line(query: Query) -> Fields:
    due = query.due_at.isoformat() if query.due_at else ""
    return {
        "reference": query.reference,
        "desk": query.desk,
        "due": due,
        "status": query.status.value,
        "word": query.next_word,
    }


def query(rest: str, state: State, scene: Scene) -> Turn:
    """ "/query Q-0003": what was asked and answered."""
    found = _NUMBER.fullmatch(rest.strip())
    if found is None:
        return status("", state, scene)
    return Turn(state, (ShowQuery(int(found[1])),))


def query_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    """The list stays open: another one can be looked at."""
    return Turn(state, (ShowQuery(int(value)),))
