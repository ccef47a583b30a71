"""Answers that a desk keeps ready: written, changed, offered, retired, and filled in for one query."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.canned import (
    CannedAnswer,
    CannedState,
    Placeholder,
    Wording,
    check_answer,
    filled,
    wording,
)
from bot.core.discretion import NotToBeQuoted, may_quote
from bot.core.errors import Conflict, Unknown
from bot.core.message import Fields
from bot.core.permission import Permission, Scope, Viewer, check
from bot.core.person import Connection
from bot.core.query import Query
from bot.services.setup import Setup
from bot.services.zone import reader_zone
from storage import audit, canned, organisations, people, queries
from storage.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody writes: empty texts are left out."""

    desk: str
    name: str
    topic: str = ""
    texts: Mapping[str, str]
    #: The query whose answer it is made from; 0 for one written for itself.
    query: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who does it, where, and when."""

    viewer: Viewer
    now: datetime
    via: str = "console"


def create(tx: Transaction, setup: Setup, draft: Draft, by: By) -> CannedAnswer:
    """A new draft; nobody is offered it before it is `ready`. Raises `NotAllowed`, `NotToBeQuoted` or `BadAnswer`."""
    check_may(setup, by.viewer, draft.desk)
    _check_quotable(tx, draft.query)
    fresh = CannedAnswer(
        desk=draft.desk,
        name=draft.name.strip(),
        topic=draft.topic,
        texts=_written(draft.texts),
        query=draft.query,
        by=by.viewer.person,
        at=by.now,
    )
    check_answer(fresh, setup.world)
    return _noted(tx, canned.add(tx, fresh), "written", by)


def change(tx: Transaction, setup: Setup, answer: int, seen_version: int, draft: Draft, by: By) -> CannedAnswer:
    """Other words, another name or topic; the desk stays. Raises `NotAllowed`, `BadAnswer` or `Conflict`."""
    known = _allowed(tx, setup, answer, by)
    texts, name = _written(draft.texts), draft.name.strip()
    after = replace(known, name=name, topic=draft.topic, texts=texts, by=by.viewer.person, at=by.now)
    check_answer(after, setup.world)
    if known.version != seen_version:
        raise Conflict
    return _noted(tx, canned.save(tx, after), "changed", by)


def ready(tx: Transaction, setup: Setup, answer: int, by: By) -> CannedAnswer:
    """From now on it is offered. Raises `NotAllowed`, `NotToBeQuoted` or `IllegalTransition`."""
    _check_quotable(tx, _allowed(tx, setup, answer, by).query)
    return _become(tx, setup, answer, CannedState.READY, by)


def retire(tx: Transaction, setup: Setup, answer: int, by: By) -> CannedAnswer:
    """It is not offered any more; it stays in the list and can be offered again."""
    return _become(tx, setup, answer, CannedState.RETIRED, by)


def fill(tx: Transaction, setup: Setup, answer: CannedAnswer, query: Query) -> Wording:
    """The words as the CSO of this query would read them, in the language of the query or the one it falls back to."""
    chosen = wording(answer, query.language, setup.world.office.default_language)
    return replace(chosen, text=filled(chosen.text, _values(tx, setup, query, chosen.language)))


def _values(tx: Transaction, setup: Setup, query: Query, language: str) -> Mapping[Placeholder, str]:
    fields: Fields = {
        "organisation": _organisation(tx, query),
        "desk": query.desk,
        "due": query.due_at.isoformat() if query.due_at else "",
        "zone": reader_zone(tx, setup, query),
        "reference": query.reference,
    }
    return {each: setup.say(language, f"canned.{each}", fields) for each in Placeholder}


def _organisation(tx: Transaction, query: Query) -> str:
    """As the CSO itself may read it: only what somebody confirmed, or what they wrote of themselves."""
    person = people.get(tx, query.person)
    known = organisations.get(tx, query.organisation) if query.organisation else None
    confirmed = person and person.organisation == query.organisation and person.connection is Connection.CONFIRMED
    if known and confirmed:
        return known.name
    return person.claimed_name if person else ""


def check_may(setup: Setup, viewer: Viewer, desk: str) -> None:
    """Focal points and managers of the desk. The confidential desk has no ready answers. Raises `NotAllowed`."""
    if desk not in setup.world.desks:
        raise Unknown
    check(viewer, Permission.MANAGE_ANSWERS, Scope(desk=desk))


def withdraw(tx: Transaction, query: Query, by: int, now: datetime) -> None:
    """What was made from this query is not offered any more, because nobody may quote it."""
    for answer in canned.made_from(tx, query.id):
        canned.save(tx, replace(answer, state=CannedState.RETIRED))
        audit.add(tx, by, "answer_retired", f"answer:{answer.id}", now, "chat")


def _check_quotable(tx: Transaction, query: int) -> None:
    if query and not may_quote(found := queries.get(tx, query)):
        raise NotToBeQuoted(reference=found.reference)


def _become(tx: Transaction, setup: Setup, answer: int, state: CannedState, by: By) -> CannedAnswer:
    known = _allowed(tx, setup, answer, by)
    return _noted(tx, canned.save(tx, known.become(state)), state.value, by)


def _allowed(tx: Transaction, setup: Setup, answer: int, by: By) -> CannedAnswer:
    known = canned.get(tx, answer)
    check_may(setup, by.viewer, known.desk)
    return known


def _written(texts: Mapping[str, str]) -> Mapping[str, str]:
    return {language: text.strip() for language, text in texts.items() if text.strip()}


def _noted(tx: Transaction, answer: CannedAnswer, act: str, by: By) -> CannedAnswer:
    audit.add(tx, by.viewer.person, f"answer_{act}", f"answer:{answer.id}", by.now, by.via)
    return answer
