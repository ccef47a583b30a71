"""Verbs at the console: each form is made from what the verb declares, so that a new verb needs no page of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from starlette.responses import Response

from adapters.web.console import queries, queue
from adapters.web.console.declared import Page
from adapters.web.console.queries import Opened
from adapters.web.console.queue import LIST, Queue
from adapters.web.console.visit import Visit
from bot.core.errors import BotError, NotAllowed, Unknown
from bot.core.message import Button, Fields
from bot.core.permission import Permission
from bot.core.turn import Immediate, Notice
from bot.core.verbs import LONGEST_TEXT, VERBS, FieldKind, Verb
from bot.services import by_console
from bot.services.by_console import BadForm, ChangedSince, Form, Wish, verb_named
from storage.database import Transaction
from storage.reads.query_page import Line
from storage.reads.query_scope import among

#: Status of a page that shows a form again.
_AGAIN = 422
_CONFLICT = 409
_REFUSED = 403


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form, as it is shown."""

    name: str
    label: str
    kind: FieldKind
    required: bool
    value: str = ""
    #: Value and word; empty for what is written.
    options: Sequence[tuple[str, str]] = ()
    problem: str = ""

    @property
    def most(self) -> int:
        return LONGEST_TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A verb's form in the reader's words."""

    verb: Verb
    title: str
    intro: str
    submit: str
    fields: Sequence[Field]
    #: The last line of the timeline that the reader has before them.
    seen: int
    #: What has come since they opened the form.
    fresh: Sequence[Line] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """Something the bot says to whoever acted, and what can be done about it."""

    sentence: str
    #: Verb and the line it is about.
    verbs: Sequence[tuple[Verb, int]] = ()


async def show_form(visit: Visit) -> Response:
    """The page with the verb's form open; what stands in the way is said before anybody types."""
    verb, number = verb_named(visit.path("verb")), visit.number(visit.path("query"))
    wish = Wish(query=number, verb=verb, entry=visit.number(visit.given("entry")))

    def look(tx: Transaction, now: datetime) -> tuple[Queue, Opened, Form | BotError]:
        beside, opened = queue.look(tx, visit, now, number), queries.look(tx, visit, number)
        try:
            return beside, opened, by_console.form(tx, visit.setup, visit.viewer, wish, now)
        except NotAllowed as problem:
            return beside, opened, problem

    beside, opened, form = await visit.read(look)
    if isinstance(form, BotError):
        more = queries.shown(visit, beside, opened, problem=_sentence(visit, form))
        return visit.draw("queries.html", _REFUSED, **more)
    shown = _shown(visit, opened, form, dict(visit.request.query_params))
    return visit.draw("queries.html", **queries.shown(visit, beside, opened, form=shown))


def _shown(
    visit: Visit, opened: Opened, form: Form, values: Mapping[str, str], problems: Mapping[str, str] | None = None
) -> Shown:
    query, declared = opened.page.query, VERBS[form.verb]
    fields: Fields = {"reference": query.reference, "desk": query.desk}
    title, intro, submit = (
        visit.console.sentence(visit.language, f"forms.{key}", fields)
        for key in (f"{form.verb}_title", f"{form.verb}_intro", "save" if declared.internal else "send")
    )
    return Shown(
        verb=form.verb,
        title=title,
        intro=intro,
        submit=submit,
        fields=fields_of(visit, form, values, problems or {}),
        seen=opened.page.last,
    )


def fields_of(visit: Visit, form: Form, values: Mapping[str, str], problems: Mapping[str, str]) -> Sequence[Field]:
    """What the verb asks for, in the reader's words."""
    return [
        Field(
            name=each.name,
            label=visit.console.sentence(visit.language, f"forms.{form.verb}_{each.name}", {}),
            kind=each.kind,
            required=each.required,
            value=values.get(each.name, ""),
            options=_options(visit, form, each.name),
            problem=problems.get(each.name, ""),
        )
        for each in VERBS[form.verb].fields
    ]


def _options(visit: Visit, form: Form, name: str) -> Sequence[tuple[str, str]]:
    offered = form.choices.get(name, ())
    return [(each.value, visit.console.sentence(visit.language, each.label, each.fields)) for each in offered]


async def perform(visit: Visit) -> Response:
    """Do it; what was typed is shown again where it could not be done."""
    verb, number = verb_named(visit.path("verb")), visit.number(visit.path("query"))
    values = {name: _text(visit, name) for name in (each.name for each in VERBS[verb].fields)}
    seen = visit.number(visit.given("seen")) if "seen" in visit.form else -1
    wish = Wish(query=number, verb=verb, values=values, seen=seen, entry=visit.number(visit.given("entry")))
    try:
        said = await visit.act(lambda tx, now: by_console.perform(tx, visit.setup, visit.viewer, wish, now))
    except Unknown:
        raise
    except BotError as problem:
        return await _again(visit, wish, problem)
    return await _done(visit, wish, said)


def _text(visit: Visit, name: str) -> str:
    """As it was typed; several choices of one name are one text."""
    return "\n".join(each for each in visit.form.getlist(name) if isinstance(each, str)).replace("\r\n", "\n")


async def _done(visit: Visit, wish: Wish, said: Sequence[Immediate]) -> Response:
    told = [_told(visit, each) for each in said if isinstance(each, Notice)]
    still = await visit.read(lambda tx, _now: among(tx, visit.viewer, [wish.query]))
    if still and any(each.verbs for each in told):
        beside, opened = await visit.read(lambda tx, now: _both(tx, visit, now, wish.query))
        return visit.draw("queries.html", **queries.shown(visit, beside, opened, notices=told))
    at_list = queries.alone(visit, wish.query)
    back = at_list.to(wish.query) if still else at_list.address
    if told:
        return visit.go(back, "queries.said", text=" ".join(each.sentence for each in told))
    key = f"queries.done_{wish.verb}"
    return visit.go(back, key if visit.words.has_own(key) else "queries.done")


def sentences(visit: Visit, said: Sequence[Immediate]) -> list[str]:
    """What the bot says to whoever acted."""
    return [_told(visit, each).sentence for each in said if isinstance(each, Notice)]


def _both(tx: Transaction, visit: Visit, now: datetime, number: int) -> tuple[Queue, Opened]:
    return queue.look(tx, visit, now, number), queries.look(tx, visit, number)


def _told(visit: Visit, notice: Notice) -> Told:
    message = notice.message
    sentence = visit.console.sentence(visit.language, message.template, {**message.fields, "zone": visit.reader.zone})
    return Told(sentence, [each for button in message.buttons if (each := _verb_of(button))])


def _verb_of(button: Button) -> tuple[Verb, int] | None:
    """The verb that a button of chat would do; None for one that only chat has."""
    name = button.label.removeprefix("verbs.")
    return (Verb(name), 0) if name in set(Verb) - by_console.ONLY_CHAT else None


async def _again(visit: Visit, wish: Wish, problem: BotError) -> Response:
    """The page with everything that was typed, and what stands in the way."""

    def look(tx: Transaction, now: datetime) -> tuple[Queue, Opened, Form]:
        beside, opened = _both(tx, visit, now, wish.query)
        try:
            return beside, opened, by_console.form(tx, visit.setup, visit.viewer, wish, now)
        except BotError:
            return beside, opened, Form(verb=wish.verb, choices={})

    beside, opened, form = await visit.read(look)
    sentence = _sentence(visit, problem)
    if not VERBS[wish.verb].fields:
        return visit.draw("queries.html", _CONFLICT, **queries.shown(visit, beside, opened, problem=sentence))
    found = problem.problems if isinstance(problem, BadForm) else ()
    wrong = {each.field: visit.console.sentence(visit.language, each.template, {}) for each in found}
    shown = _shown(visit, opened, form, wish.values, wrong)
    if isinstance(problem, ChangedSince):
        shown = replace(shown, fresh=problem.lines)
    status = _AGAIN if isinstance(problem, BadForm) else _CONFLICT
    more = queries.shown(visit, beside, opened, form=shown, problem="" if wrong else sentence)
    return visit.draw("queries.html", status, **more)


def _sentence(visit: Visit, problem: BotError) -> str:
    return visit.console.sentence(visit.language, problem.template, problem.fields)


_SEE = Permission.SEE_QUERIES
_ONE = f"{LIST}/{{query}}/{{verb}}"

PAGES = (
    Page(_ONE, _SEE, show_form),
    Page(_ONE, _SEE, perform, method="POST"),
)
