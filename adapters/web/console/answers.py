"""The ready answers of a desk: list, write, change, offer, retire."""

from collections.abc import Callable, Mapping

from starlette.responses import Response

from adapters.web.console import choices
from adapters.web.console.declared import Handler, Page
from adapters.web.console.visit import Visit
from bot.core.canned import LONGEST_NAME, BadAnswer, CannedAnswer, CannedState, Placeholder
from bot.core.errors import Conflict, Unknown
from bot.core.permission import Permission, Scope
from bot.services import canned as acts
from bot.services.canned import By, Draft
from storage import canned
from storage.database import Transaction
from storage.reads import desks

_ONE = "/console/desk/{desk}/answers"


async def show(visit: Visit) -> Response:
    """All of them: offered, drafts, retired."""
    desk = visit.path("desk")

    def look(tx: Transaction) -> tuple[tuple[CannedAnswer, ...], Mapping[int, str]]:
        desks.check_desk(visit.viewer, desk)
        found = canned.of_desk(tx, desk)
        return found, desks.names(tx, [each.by for each in found])

    found, names = await visit.read(lambda tx, _now: look(tx))
    states = {state: [each for each in found if each.state is state] for state in CannedState}
    return visit.draw(
        "answers.html",
        desk=desk,
        found=found,
        states=states,
        manages=_manages(visit),
        author=lambda each: names.get(each.by) or visit.words("layout.person", id=each.by),
        languages=_languages(visit),
        missing=lambda each: [code for code, _ in _languages(visit) if code not in each.texts],
        section="desk",
    )


def _manages(visit: Visit) -> bool:
    return visit.viewer.may(Permission.MANAGE_ANSWERS, Scope(desk=visit.path("desk")))


def _languages(visit: Visit) -> choices.Options:
    return choices.office_languages(visit)


async def new_form(visit: Visit) -> Response:
    acts.check_may(visit.setup, visit.viewer, visit.path("desk"))
    blank = {"name": "", "topic": "", "version": "0"}
    return _form(visit, None, blank, {})


async def write(visit: Visit) -> Response:
    """A new one; offered at once where that button was pressed, else a draft."""

    def make(tx: Transaction, by: By) -> CannedAnswer:
        kept = acts.create(tx, visit.setup, _draft(visit), by)
        return acts.ready(tx, visit.setup, kept.id, by) if visit.given("do") == "offer" else kept

    try:
        kept = await visit.act(lambda tx, now: make(tx, By(viewer=visit.viewer, now=now)))
    except BadAnswer as bad:
        return _refused(visit, None, bad)
    return _back(visit, "answers.offered" if kept.state is CannedState.READY else "answers.kept")


async def edit_form(visit: Visit) -> Response:
    known = await visit.read(lambda tx, _now: _known(tx, visit))
    acts.check_may(visit.setup, visit.viewer, known.desk)
    texts = {f"text_{language}": text for language, text in known.texts.items()}
    return _form(visit, known, {"name": known.name, "topic": known.topic, "version": str(known.version), **texts}, {})


async def edit(visit: Visit) -> Response:
    """Other words; what a colleague wrote meanwhile is shown, and nothing typed is lost."""
    known = await visit.read(lambda tx, _now: _known(tx, visit))
    version = visit.number(visit.given("version"))

    def keep(tx: Transaction, by: By) -> None:
        acts.change(tx, visit.setup, known.id, version, _draft(visit), by)

    try:
        await visit.act(lambda tx, now: keep(tx, By(viewer=visit.viewer, now=now)))
    except BadAnswer as bad:
        return _refused(visit, known, bad)
    except Conflict:
        return _form(visit, known, {**_typed(visit), "version": str(known.version)}, {}, 409)
    return _back(visit, "answers.kept")


def _known(tx: Transaction, visit: Visit) -> CannedAnswer:
    """The answer of the address, at the desk of the address; raises `Unknown`."""
    known = canned.get(tx, visit.number(visit.path("answer")))
    if known.desk != visit.path("desk"):
        raise Unknown
    return known


def _draft(visit: Visit) -> Draft:
    texts = {code: visit.given(f"text_{code}") for code in _written_in(visit)}
    return Draft(desk=visit.path("desk"), name=visit.given("name"), topic=visit.given("topic"), texts=texts)


def _written_in(visit: Visit) -> tuple[str, ...]:
    """Languages that answers may be written in, those of the bot first."""
    office = visit.world.office
    return tuple(dict.fromkeys((*office.languages, *office.content_languages)))


def _typed(visit: Visit) -> dict[str, str]:
    names = ("name", "topic", "version", *(f"text_{code}" for code in _written_in(visit)))
    return {name: visit.given(name) for name in names}


def _refused(visit: Visit, known: CannedAnswer | None, bad: BadAnswer) -> Response:
    problems = {
        each.field: str(visit.words(f"answers.fault_{each.fault}", word=each.word, longest=LONGEST_NAME))
        for each in bad.problems
    }
    return _form(visit, known, _typed(visit), problems, 400)


def _form(
    visit: Visit, known: CannedAnswer | None, values: Mapping[str, str], problems: Mapping[str, str], status: int = 200
) -> Response:
    languages = [(code, visit.reader.language(code)) for code in _written_in(visit)]
    needed = {code for code, _ in _languages(visit)}
    return visit.draw(
        "answer-form.html",
        status,
        desk=visit.path("desk"),
        known=known,
        values=values,
        problems=problems,
        changed=status == 409,
        topics=[("", visit.words("answers.any_topic")), *choices.topics(visit)],
        languages=[each for each in languages if each[0] in needed],
        more=[each for each in languages if each[0] not in needed],
        placeholders=list(Placeholder),
        longest=LONGEST_NAME,
        section="desk",
    )


def _back(visit: Visit, said: str) -> Response:
    return visit.go(f"/console/desk/{visit.path('desk')}/answers", said)


def _acting(act: Callable[..., CannedAnswer], said: str) -> Handler:
    """A handler for one step of its life."""

    async def handler(visit: Visit) -> Response:
        def do(tx: Transaction, by: By) -> None:
            act(tx, visit.setup, _known(tx, visit).id, by)

        await visit.act(lambda tx, now: do(tx, By(viewer=visit.viewer, now=now)))
        return _back(visit, said)

    return handler


_SEE, _MANAGE = Permission.SEE_DESKS, Permission.MANAGE_ANSWERS

PAGES = (
    Page(_ONE, _SEE, show),
    Page(f"{_ONE}/new", _MANAGE, new_form),
    Page(f"{_ONE}/new", _MANAGE, write, method="POST"),
    Page(f"{_ONE}/{{answer}}", _MANAGE, edit_form),
    Page(f"{_ONE}/{{answer}}", _MANAGE, edit, method="POST"),
    Page(f"{_ONE}/{{answer}}/offer", _MANAGE, _acting(acts.ready, "answers.offered"), method="POST"),
    Page(f"{_ONE}/{{answer}}/retire", _MANAGE, _acting(acts.retire, "answers.retired"), method="POST"),
)
