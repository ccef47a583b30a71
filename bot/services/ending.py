"""How staff end a query and take it up again: closed with an outcome, referred elsewhere, reopened."""

from collections.abc import Sequence

from bot.core.errors import NotAllowed
from bot.core.message import Fields
from bot.core.query import QueryOutcome
from bot.core.turn import Immediate
from bot.services import by_mail, queries
from bot.services.acts import Act, tell_asker


class NothingAnswered(NotAllowed):
    """No answer has reached the CSO: the query cannot be closed as answered."""

    template = "errors.nothing_answered"


def close(act: Act) -> Sequence[Immediate]:
    """With what became of it, and the words that the CSO reads. Raises `NothingAnswered`."""
    outcome = QueryOutcome(act.values["outcome"])
    if outcome is QueryOutcome.ANSWERED and act.query.first_answered_at is None:
        raise NothingAnswered(reference=act.query.reference)
    if act.query.concern is not None and outcome is not QueryOutcome.ANSWERED:
        raise queries.AnswerOwed(reference=act.query.reference)
    closed = queries.close(act.tx, act.setup, act.query, act.person, act.now, outcome, {"reason": act.text})
    tell_asker(act, closed, "conversation.closed_by_staff", {"reason": act.text})
    by_mail.tell(act, act.text)
    return ()


def refer(act: Act) -> Sequence[Immediate]:
    """Not ours to answer: the CSO reads why and who to turn to, in the words of staff."""
    said: Fields = {"reason": act.text, "to": act.values["to"].strip()}
    closed = queries.close(act.tx, act.setup, act.query, act.person, act.now, QueryOutcome.REFERRED, said)
    tell_asker(act, closed, "conversation.referred", said)
    by_mail.tell(act, f"{said['reason']}\n{said['to']}")
    return ()


def reopen(act: Act) -> Sequence[Immediate]:
    """With a new promise; the CSO reads why, who has it and until when."""
    opened = queries.reopen(act.tx, act.setup, act.query, act.person, act.now, act.text)
    fields: Fields = {"reason": act.text}
    tell_asker(act, opened, "conversation.reopened_by_staff", fields)
    by_mail.tell(act, act.text)
    return ()
