"""Open questions that ask the same, side by side: chosen, answered once in each language, looked at, and sent."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from adapters.web.console.declared import Page
from adapters.web.console.queue import LIST
from adapters.web.console.visit import Visit
from bot.core.canned import Wording
from bot.core.permission import Permission
from bot.core.query import Entry
from bot.core.similar import worded
from bot.core.verbs import LONGEST_TEXT
from bot.services import one_answer
from bot.services.acts import CONSOLE
from bot.services.one_answer import Sent, Wish, Writer
from storage.database import Transaction
from storage.reads import similar as reads
from storage.reads.similar import Beside

_AGAIN = 422
#: What the form calls itself: the same form sent twice is done once.
_KEY = re.compile(r"[\w-]{1,60}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The form as it stands: what is ticked, what was written, and what one had seen."""

    key: str
    ticked: frozenset[int]
    texts: Mapping[str, str]
    #: Query -> the last line of it that the page showed.
    seen: Mapping[int, int]

    def first(self, languages: Sequence[str]) -> str:
        """The language of the words for those who read one in which nothing was written; empty without any words."""
        return next((each for each in languages if self.texts.get(each, "").strip()), "")


async def show(visit: Visit) -> Response:
    """All of them beside each other; the one that one came from is ticked."""
    number = visit.number(visit.path("query"))
    found = await visit.read(lambda tx, _now: reads.side_by_side(tx, visit.viewer, number))
    seen = {each.number: each.last for each in found}
    return _draw(visit, found, Filled(key=visit.setup.new_token(), ticked=frozenset({number}), texts={}, seen=seen))


async def answer(visit: Visit) -> Response:
    """Look at what each would get, change it, or send it."""
    number, filled = visit.number(visit.path("query")), _filled(visit)
    found = await visit.read(lambda tx, _now: reads.side_by_side(tx, visit.viewer, number))
    step = visit.given("step")
    if step == "send" and filled.ticked and filled.first(_languages(found)):
        return await _send(visit, found, filled)
    if step == "change":
        return _draw(visit, found, filled)
    if problem := _problem(found, filled):
        return _draw(visit, found, filled, _AGAIN, problem=visit.words(f"similar.{problem}", n=LONGEST_TEXT))
    return _draw(visit, found, filled, preview=_preview(found, filled))


def _filled(visit: Visit) -> Filled:
    given = {name: value for name, value in visit.form.multi_items() if isinstance(value, str)}
    ticked = (visit.number(each) for each in visit.form.getlist("queries") if isinstance(each, str))
    key = visit.given("key")
    return Filled(
        key=key if _KEY.fullmatch(key) else visit.setup.new_token(),
        ticked=frozenset(number for number in ticked if number),
        texts={name.removeprefix("text_"): visit.given(name) for name in given if name.startswith("text_")},
        seen={
            visit.number(name.removeprefix("seen_")): visit.number(value)
            for name, value in given.items()
            if name.startswith("seen_")
        },
    )


def _problem(found: Sequence[Beside], filled: Filled) -> str:
    """Word of what is missing or wrong; empty where nothing is."""
    if not filled.ticked:
        return "nothing_ticked"
    if not filled.first(_languages(found)):
        return "nothing_written"
    return "too_long" if any(len(text) > LONGEST_TEXT for text in filled.texts.values()) else ""


def _languages(found: Sequence[Beside]) -> list[str]:
    """Those present, the one of the first question first."""
    return list(dict.fromkeys(each.row.language for each in found))


def _preview(found: Sequence[Beside], filled: Filled) -> Sequence[tuple[Beside, Wording]]:
    first = filled.first(_languages(found))
    chosen = [each for each in found if each.number in filled.ticked]
    return [(each, worded(filled.texts, each.row.language, first)) for each in chosen]


async def _send(visit: Visit, found: Sequence[Beside], filled: Filled) -> Response:
    """Each that can be answered; what could not be stays ticked, with the words."""

    def work(tx: Transaction, now: datetime) -> Sent:
        key = f"{CONSOLE}:{visit.viewer.person}.{filled.key}"
        by = Writer(person=visit.viewer.person, staff=visit.viewer.staff, key=key, now=now)
        queries = {number: filled.seen.get(number, -1) for number in filled.ticked}
        wish = Wish(queries=queries, texts=filled.texts, first=filled.first(_languages(found)))
        return one_answer.answer(tx, visit.setup, by, wish)

    sent = await visit.act(work)
    said = [(each.reference, visit.console.sentence(visit.language, each.template, each.fields)) for each in sent.left]
    left = frozenset(each.number for each in found if each.reference in {reference for reference, _ in said})
    again = await visit.read(lambda tx, _now: [each for each in _still(tx, visit, found) if each.number in left])
    seen = {each.number: each.last for each in again}
    kept = Filled(key=visit.setup.new_token(), ticked=left, texts=filled.texts, seen=seen)
    return _draw(visit, again, kept, lines=sent.lines, left=said)


def _still(tx: Transaction, visit: Visit, found: Sequence[Beside]) -> Sequence[Beside]:
    """What stood beside the first question, as it is now."""
    return reads.side_by_side(tx, visit.viewer, found[0].number)


def _draw(
    visit: Visit,
    found: Sequence[Beside],
    filled: Filled,
    status: int = 200,
    /,
    *,
    preview: Sequence[tuple[Beside, Wording]] = (),
    lines: Sequence[Entry] = (),
    left: Sequence[tuple[str, str]] = (),
    problem: str = "",
) -> Response:
    return visit.draw(
        "similar.html",
        status,
        number=visit.number(visit.path("query")),
        found=found,
        filled=filled,
        languages=_languages(found),
        preview=preview,
        lines=lines,
        left=left,
        problem=problem,
        most=LONGEST_TEXT,
        undo=int(visit.setup.undo.total_seconds()),
        section="queries",
    )


_PATH = f"{LIST}/{{query}}/similar"

PAGES = (
    Page(_PATH, Permission.SEE_QUERIES, show),
    Page(_PATH, Permission.SEE_QUERIES, answer, method="POST", largest_body=400_000),
)
