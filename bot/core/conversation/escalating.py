"""/escalate: the CSO sends its question to the desk above, once the promised time has passed."""

from datetime import datetime

from bot.core.conversation.scene import Scene
from bot.core.conversation.state import State, Turn
from bot.core.desk_turn import EscalateQuery
from bot.core.message import Fields
from bot.core.query import Query, Status
from bot.core.turn import Say

#: A query in another state has no promise that could be broken.
PROMISED = frozenset({Status.NEW, Status.CLAIMED})


def escalate(rest: str, state: State, scene: Scene) -> Turn:
    """The question that was named, else the one that is latest of all that are late."""
    promised = [query for query in scene.open_queries if query.due_at and query.status in PROMISED]
    named = [query for query in promised if query.reference.casefold() == rest.strip().casefold()]
    known = sorted(named or promised, key=_due)
    if not known:
        return Turn(state, (Say("conversation.nothing_to_escalate", {"mailbox": scene.world.office.mailbox}),))
    query = known[0]
    if _due(query) > scene.now:
        return Turn(state, (Say("conversation.escalate_later", {}, (), query.opened_by),))
    if not scene.world.desks[query.desk].escalates_to:
        fields: Fields = {"mailbox": scene.world.office.mailbox}
        return Turn(state, (Say("conversation.nobody_above", fields, (), query.opened_by),))
    return Turn(state, (EscalateQuery(query.opened_by),))


def _due(query: Query) -> datetime:
    return query.due_at or query.asked_at
