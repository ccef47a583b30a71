"""Answering several questions that ask the same, from a desk's chat: which there are, and what came of it."""

from collections.abc import Sequence

from bot.core.message import Button, Fields
from bot.core.permission import Permission, Viewer
from bot.core.query import Entry
from bot.core.similar import worded
from bot.core.turn import Immediate, Notice
from bot.core.verbs import VERBS, Choice, Verb, query_numbers
from bot.services import cards, one_answer
from bot.services.acts import Act, may_act, note_entry
from bot.services.one_answer import Left, Wish, Writer
from storage import queries as rows
from storage.reads import similar as reads
from storage.reads.similar import Beside

#: Further languages that a form has room for.
MOST_LANGUAGES = 4
#: So many are quoted to whoever chooses among them.
MOST_IN_WORDS = 10


def candidates(act: Act) -> tuple[Beside, ...]:
    """Those like the act's query that this person may answer; in a chat that others read too, those handled there."""
    viewer = Viewer(person=act.person, staff=act.staff, world=act.setup.world)
    if not viewer.may(Permission.SEE_QUERIES):
        return ()
    others = reads.side_by_side(act.tx, viewer, act.query.id)[1:]
    theirs = tuple(each for each in others if _may_act(act, each))
    if _alone(act):
        return theirs
    here = cards.thread_desk(act.tx, act.query)
    return tuple(each for each in theirs if here in (each.handled_at, each.row.desk))


def _alone(act: Act) -> bool:
    """Whether the form is seen by this person only, and kept nowhere."""
    return act.setup.has_forms(act.account)


def _may_act(act: Act, other: Beside) -> bool:
    return may_act(act.tx, act.setup.world, act.staff, rows.get(act.tx, other.number))


def choices(act: Act) -> tuple[Choice, ...]:
    """All of them at once, and each by itself."""
    found = candidates(act)
    every = " ".join(str(each.number) for each in found)
    together = (Choice(every, "buttons.similar_all", {"count": len(found)}),) if len(found) > 1 else ()
    return (*together, *(Choice(str(each.number), "buttons.similar_query", _label(act, each)) for each in found))


def in_words(act: Act) -> Sequence[Immediate]:
    """What they ask, to this person alone: a thread of one query never keeps the words of another one."""
    lines = [{"reference": each.reference, "text": each.row.words} for each in candidates(act)[:MOST_IN_WORDS]]
    return (act.notice("desk.similar_in_words", {"lines": lines}),) if lines else ()


def _label(act: Act, other: Beside) -> Fields:
    return {
        "reference": other.reference,
        "organisation": other.row.organisation,
        "language": other.row.language,
        "text": other.row.words if _alone(act) else "",
        "held": bool(other.row.holder) and other.row.holder != act.person,
    }


def languages(act: Act) -> tuple[str, ...]:
    """Further languages of those that were chosen, or of all while nothing is."""
    if not any(asked.each_language for asked in VERBS[act.verb].fields):
        return ()
    chosen = query_numbers(act.values.get("queries", ""))
    read = {query.language for query in rows.many(act.tx, chosen or [each.number for each in candidates(act)])}
    return tuple(sorted(read - {act.query.language}))[:MOST_LANGUAGES]


def answer(act: Act) -> Sequence[Immediate]:
    """The act's query and those chosen get the answer; whoever cannot get it now is named, with the reason."""
    numbers = (act.query.id, *query_numbers(act.values.get("queries", "")))
    given = {name.removeprefix("text_"): text for name, text in act.values.items() if name.startswith("text_")}
    texts = {**given, act.query.language: act.text}
    wish = Wish(queries=dict.fromkeys(numbers, -1), texts=texts, first=act.query.language)
    by = Writer(person=act.person, staff=act.staff, key=act.key, now=act.now)
    sent = one_answer.answer(act.tx, act.setup, by, wish)
    if sent.lines:
        _tell(act, sent.lines, wish)
    else:
        rows.add_entry(act.tx, note_entry(act, act.text, (), ""))
    return (*_refusals(act, sent.left), *(() if sent.lines else (act.notice("desk.kept_as_note"),)))


def _tell(act: Act, lines: Sequence[Entry], wish: Wish) -> None:
    """In the thread that it was written in: to whom it goes, in which language, and how to take it back."""
    to = []
    for line in lines:
        query = rows.get(act.tx, line.query)
        words = worded(wish.texts, query.language, wish.first)
        to.append({"reference": query.reference, "reads": words.asked, "gets": words.language})
    fields: Fields = {"to": to, "seconds": int(act.setup.undo.total_seconds())}
    buttons: tuple[Button, ...] = act.desk_buttons((Verb.UNDO_ALL, Verb.SEND_ALL, Verb.KEEP_READY), lines[0].id)
    source = f"together:{act.key}"
    cards.post_in_thread(act.tx, act.setup, act.query, source, "desk.together", fields, act.now, buttons=buttons)


def _refusals(act: Act, left: Sequence[Left]) -> tuple[Notice, ...]:
    return tuple(
        act.notice("desk.not_together", {"reference": each.reference, "why": act.say(each.template, each.fields)})
        for each in left
    )


def undo(act: Act) -> Sequence[Immediate]:
    """Take back all that has not left."""
    done = one_answer.undo(act)
    return (act.notice("desk.together_undone", {"back": done.back, "gone": done.gone}),)


def send_now(act: Act) -> Sequence[Immediate]:
    """Let all of it leave."""
    one_answer.send_now(act)
    return ()
