"""One line to whoever seems to have written personal data of a migrant: never a refusal, once for each query."""

from collections.abc import Sequence

from bot.core.routing.personal import names_a_case
from bot.core.turn import AddToQuery, Effect, OpenQuery
from bot.services.acting import Acting
from bot.services.told import tell
from storage import queries


def hint_at_cases(acting: Acting, effects: Sequence[Effect]) -> None:
    """With the acknowledgement, and after it: the question itself goes its way."""
    for effect in effects:
        if isinstance(effect, OpenQuery | AddToQuery) and names_a_case(effect.text):
            about = effect.about if isinstance(effect, AddToQuery) else acting.key
            _hint(acting, about)


def _hint(acting: Acting, about: str) -> None:
    query = queries.opened_by(acting.tx, about)
    if query is not None:
        source = f"hint:{query.id}"
        fields = {"reference": query.reference}
        tell(acting.tx, acting.told, source, 0, "data.no_cases", fields, acting.now, query=query.id)
