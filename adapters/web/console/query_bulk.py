"""One verb for many queries: said before it is done, and afterwards told one by one where it could not be done."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from adapters.web.console import queries, query_acts, queue
from adapters.web.console.declared import Page
from adapters.web.console.queue import LIST
from adapters.web.console.visit import Visit
from bot.core.errors import BotError, Unknown
from bot.core.permission import Permission
from bot.core.verbs import VERBS, Verb
from bot.services import by_console
from bot.services.by_console import BadForm, Wish, verb_named
from storage.database import Transaction
from storage.reads.query_scope import among
from storage.reads.queue import Row, rows_of

#: Queries of one go: as many as a page of the list has.
MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one query."""

    row: Row
    #: Why it could not be done; empty where it was.
    problem: str = ""


async def show(visit: Visit) -> Response:
    """What will be done with which queries, and what it asks for."""
    return await _asked(visit, {})


async def _asked(visit: Visit, wrong: dict[str, str], status: int = 200) -> Response:
    verb, numbers = _verb(visit), _numbers(visit)
    rows = await visit.read(lambda tx, _now: _rows(tx, visit, numbers))
    form = None
    if rows and VERBS[verb].fields:
        wish = Wish(query=rows[0].id, verb=verb)
        declared = await visit.read(lambda tx, now: by_console.choices(tx, visit.setup, visit.viewer, wish, now))
        values = {each.name: visit.given(each.name) for each in VERBS[verb].fields}
        form = query_acts.fields_of(visit, declared, values, wrong)
    return _draw(visit, status, verb=verb, rows=rows, form=form, outcomes=())


async def perform(visit: Visit) -> Response:
    """Each query in a transaction of its own: what stands in the way of one stops no other."""
    verb, numbers = _verb(visit), _numbers(visit)
    values = {each.name: visit.given(each.name) for each in VERBS[verb].fields}
    rows = await visit.read(lambda tx, _now: _rows(tx, visit, numbers))
    outcomes = []
    for row in rows:
        try:
            outcomes.append(Outcome(row=row, problem=await _one(visit, Wish(query=row.id, verb=verb, values=values))))
        except BadForm as bad:
            wrong = {each.field: visit.console.sentence(visit.language, each.template, {}) for each in bad.problems}
            return await _asked(visit, wrong, 422)
    return _draw(visit, 200, verb=verb, rows=rows, form=None, outcomes=outcomes)


async def _one(visit: Visit, wish: Wish) -> str:
    """Why it could not be done; empty where it was."""
    try:
        said = await visit.act(lambda tx, now: by_console.perform(tx, visit.setup, visit.viewer, wish, now))
    except BadForm:
        raise
    except BotError as problem:
        return visit.console.sentence(visit.language, problem.template, problem.fields)
    return " ".join(query_acts.sentences(visit, said))


def _draw(visit: Visit, status: int, **fields: object) -> Response:
    back = visit.given("back")
    ours = back == LIST or back.startswith(f"{LIST}?")
    return visit.draw(
        "query-bulk.html",
        status,
        back=back if ours else LIST,
        say=lambda verb: visit.console.sentence(visit.language, f"verbs.{verb}", {}),
        section="queries",
        queue=queries.alone(visit, 0),
        **fields,
    )


def _verb(visit: Visit) -> Verb:
    """Raises `Unknown` for one that is not done with many at once."""
    verb = verb_named(visit.given("verb"))
    if verb not in queue.BULK:
        raise Unknown
    return verb


def _numbers(visit: Visit) -> Sequence[int]:
    """Those that were ticked, each once."""
    given = visit.form if visit.request.method == "POST" else visit.request.query_params
    numbers = (visit.number(each) for each in given.getlist("ids") if isinstance(each, str))
    return list(dict.fromkeys(number for number in numbers if number))[:MOST]


def _rows(tx: Transaction, visit: Visit, numbers: Sequence[int]) -> Sequence[Row]:
    """Those that the viewer may see."""
    return rows_of(tx, among(tx, visit.viewer, numbers))


_SEE = Permission.SEE_QUERIES

PAGES = (
    Page(f"{LIST}/bulk", _SEE, show),
    Page(f"{LIST}/bulk", _SEE, perform, method="POST"),
)
