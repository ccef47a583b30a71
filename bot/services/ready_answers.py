"""A query answered with words that its desk keeps ready: filled in, shown back, and sent like any other answer."""

from collections.abc import Sequence

from bot.core.canned import CannedState
from bot.core.errors import NotAllowed
from bot.core.query import EntryKind
from bot.core.turn import Immediate
from bot.core.verbs import LONGEST_TEXT
from bot.services import answers, canned
from bot.services.acts import Act, TooLong
from storage import canned as rows

#: So many are offered in a form, those on the query's topic first.
MOST = 20


class NoSuchAnswer(NotAllowed):
    """The answer is of another desk, or is not offered any more."""

    template = "errors.no_such_answer"


def send(act: Act) -> Sequence[Immediate]:
    """Raises `NoSuchAnswer`, or what stands in the way of every answer."""
    number = int(act.values["answer"])
    chosen = next((each for each in rows.of_desk(act.tx, act.query.desk) if each.id == number), None)
    if chosen is None or chosen.state is not CannedState.READY:
        raise NoSuchAnswer
    words = canned.fill(act.tx, act.setup, chosen, act.query)
    if len(words.text) > LONGEST_TEXT:
        raise TooLong(reference=act.query.reference)
    shown = answers.Shown(
        "desk.to_be_sent_ready",
        {"name": chosen.name, "text_language": words.language, "language": words.asked, "fell_back": words.fell_back},
    )
    return answers.answer(act, EntryKind.REPLY, words.text, (), shown)
