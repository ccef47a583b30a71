"""What becomes of a query: opened, routed, added to, moved, answered, closed. Each is called in one transaction."""

from dataclasses import replace
from datetime import datetime

from bot.core import query_clock
from bot.core.discretion import shows_words
from bot.core.errors import IllegalTransition, NotAllowed
from bot.core.message import Fields
from bot.core.organisation import Level
from bot.core.person import Connection
from bot.core.query import Action, Entry, EntryKind, Query, QueryOutcome, Status
from bot.core.query_clock import desk_of, policy_of
from bot.core.routing.decision import Because, Route
from bot.core.routing.owner import owner
from bot.core.sla import desk_for, policy_for
from bot.core.turn import AddToQuery, OpenQuery, RouteQuery
from bot.core.world import Policy, World
from bot.services import cards, presence, quiet, watching
from bot.services.setup import Setup
from bot.services.watching import Watched
from bot.services.zone import reader_zone
from storage import organisations, people, queries
from storage.database import Transaction


class AnswerOwed(NotAllowed):
    """Critical or a complaint: it ends with an answer that has reached the CSO, or by the CSO itself."""

    template = "errors.answer_owed"


def open_query(tx: Transaction, effect: OpenQuery, new: Query, source: str) -> Query:
    """A new query with the person's words as the first line of its timeline."""
    query = queries.add(tx, replace(new, topics=effect.topics[:4], private=effect.private))
    question = Entry(
        query=query.id,
        kind=EntryKind.QUESTION,
        text=effect.text,
        at=new.asked_at,
        author=new.person,
        files=effect.files,
        source=source,
    )
    queries.add_entry(tx, question)
    return query


def route(tx: Transaction, setup: Setup, effect: RouteQuery, now: datetime) -> Query | None:
    """To its desk for the first time, or to another one as the CSO wished; None when the query is gone."""
    query = queries.opened_by(tx, effect.about)
    if query is None:
        return None
    person = people.get(tx, query.person)
    query = replace(query, country=query.country or (person.country if person else ""))
    place = _destination(tx, setup, query, effect)
    if query.status is not Status.ASKED:
        return move(tx, setup, query, place, now)
    return _first_desk(tx, setup, query, effect.topic, place, now)


def _destination(tx: Transaction, setup: Setup, query: Query, effect: RouteQuery) -> Route:
    if effect.desk:
        return Route(effect.desk, effect.because or Because.CHOSEN_DESK, {"topic": effect.topic})
    found = owner(setup.world, effect.topic, query.country, _level(tx, query))
    return replace(found, because=effect.because) if effect.because else found


def _level(tx: Transaction, query: Query) -> Level:
    person = people.get(tx, query.person)
    confirmed = person and person.connection is Connection.CONFIRMED and person.organisation
    organisation = organisations.get(tx, person.organisation) if person and confirmed else None
    return organisation.level if organisation else Level.UNKNOWN


def _first_desk(tx: Transaction, setup: Setup, query: Query, topic: str, place: Route, now: datetime) -> Query:
    policy = policy_for(setup.world, topic, place.desk, query.country, _level(tx, query))
    place = _on_duty(setup.world, policy, place)
    placed = replace(
        query.after(Action.ROUTE),
        topic=topic,
        desk=place.desk,
        because=place.because.value,
        because_fields=place.fields,
    )
    zone = reader_zone(tx, setup, query)
    promised = query_clock.begun(placed, policy, setup.world.desks[place.desk], zone, query.asked_at)
    return post_whole(tx, setup, queries.save(tx, promised), now)


def _on_duty(world: World, policy: Policy, place: Route) -> Route:
    """An urgent query goes where somebody is at every hour."""
    desk = desk_for(world, policy, place.desk)
    return place if desk == place.desk else Route(desk, Because.NO_DUTY, {**place.fields, "from_desk": place.desk})


def post_whole(tx: Transaction, setup: Setup, query: Query, now: datetime) -> Query:
    """Into a new thread at its desk, with everything that was written before unless it is sensitive."""
    cards.post_query(tx, setup, query, now)
    for line in queries.timeline(tx, query.id) if shows_words(query) else ():
        _repost(tx, setup, query, line, now)
    return query


def _repost(tx: Transaction, setup: Setup, query: Query, line: Entry, now: datetime) -> None:
    source = f"entry:{line.id}:{cards.thread_of(tx, query)}"
    if line.kind is EntryKind.QUESTION:
        cards.post_rest(tx, setup, query, line.text, now)
    elif (template := TOLD_AT_DESK.get(line.kind)) and (line.text.strip() or not line.files):
        cards.post_text(tx, setup, query, source, template, line.text, now)
    if line.files:
        cards.post_files(tx, setup, query, source, line.files, now)


TOLD_AT_DESK = {
    EntryKind.ADDITION: "desk.added",
    EntryKind.EDIT: "desk.edited",
    EntryKind.NOTE: "desk.note_before",
    EntryKind.REPLY: "desk.reply_before",
    EntryKind.CORRECTION: "desk.reply_before",
    EntryKind.ASKED_BACK: "desk.question_before",
    EntryKind.UPDATE: "desk.reply_before",
}


def move(tx: Transaction, setup: Setup, query: Query, place: Route, now: datetime, by: int = 0) -> Query:
    """To another desk; the thread moves, history and clock stay. Where nothing was due any more, a promise begins."""
    topic = str(place.fields.get("topic", "")) or query.topic
    if place.desk == query.desk:
        return _renamed(tx, setup, query, topic, place, now)
    moved = replace(query.moved_to(place.desk, place.because.value, place.fields), topic=topic)
    here, there = desk_of(setup.world, query), desk_of(setup.world, moved)
    if query.status is Status.ANSWERED:
        moved = promised_again(tx, setup, moved, now)
    moved = query_clock.at_other_desk(moved, policy_of(setup.world, query), here, there, now)
    moved = running(tx, setup, moved, now)
    cards.retire_card(tx, setup, query, place.desk, now)
    quiet.take_back(tx, query, now)
    saved = queries.save(tx, moved)
    fields: Fields = {"from": query.desk, "to": place.desk, **place.fields}
    event = Entry(query=query.id, kind=EntryKind.EVENT, text="moved", at=now, author=by, fields=fields)
    queries.add_entry(tx, event)
    watching.tell(tx, setup, saved, watching.moved(saved), by, now)
    return post_whole(tx, setup, saved, now)


def _renamed(tx: Transaction, setup: Setup, query: Query, topic: str, place: Route, now: datetime) -> Query:
    """The same desk, for another reason: the card and the next words to the CSO say which."""
    reason = replace(query, topic=topic, because=place.because.value, because_fields=place.fields)
    renamed = queries.save(tx, reason)
    cards.renew_card(tx, setup, renamed, now)
    return renamed


def add(tx: Transaction, setup: Setup, effect: AddToQuery, person: int, source: str, now: datetime) -> Query | None:
    """More from the CSO; an answered query is open to the holder again."""
    query = _about(tx, effect.about)
    if query is None:
        return None
    line = Entry(
        query=query.id, kind=effect.kind, text=effect.text, at=now, author=person, files=effect.files, source=source
    )
    line = queries.add_entry(tx, line)
    if query.status is Status.ANSWERED and effect.kind is EntryKind.ADDITION:
        query = queries.save(tx, asked_again(tx, setup, query, now))
        quiet.take_back(tx, query, now)
        cards.renew_card(tx, setup, query, now)
    heard = query.status is Status.WAITING
    if heard:
        query = _heard(tx, setup, query, now)
    elif query.snoozed_until:
        query = queries.save(tx, replace(query, snoozed_until=None))
        cards.renew_card(tx, setup, query, now)
    if query.status is not Status.ASKED:
        _repost(tx, setup, query, line, now)
    if heard:
        _tell_heard(tx, setup, query, line, now)
    return query


def reopen_by_person(tx: Transaction, setup: Setup, about: str, now: datetime) -> Query | None:
    """The CSO wrote about a closed query."""
    query = _about(tx, about)
    if query is None or query.status is not Status.CLOSED:
        return query
    return reopen(tx, setup, query, 0, now)


def reopen(tx: Transaction, setup: Setup, query: Query, by: int, now: datetime, reason: str = "") -> Query:
    """With its former holder again, with a new promise. Raises `IllegalTransition` when it is open."""
    opened = promised_again(tx, setup, query.reopened(), now)
    opened = queries.save(tx, _with_somebody(tx, setup, opened))
    _event(tx, opened, "reopened", by, now, {"reason": reason} if reason else {})
    watching.tell(tx, setup, opened, Watched.REOPENED, by, now)
    cards.renew_card(tx, setup, opened, now)
    return opened


def _about(tx: Transaction, about: str) -> Query | None:
    """The query that an event opened, or the one in which it goes on."""
    query = queries.opened_by(tx, about)
    return queries.surviving(tx, query) if query else None


def asked_again(tx: Transaction, setup: Setup, query: Query, now: datetime) -> Query:
    """Answered, and to be answered again by whoever had it, with a new promise; not saved yet."""
    return _with_somebody(tx, setup, promised_again(tx, setup, query.after(Action.ASK_AGAIN), now))


def heard_from(tx: Transaction, setup: Setup, query: Query, now: datetime) -> Query:
    """The CSO wrote what we waited for; not saved yet."""
    return running(tx, setup, query.after(Action.HEAR), now)


def _with_somebody(tx: Transaction, setup: Setup, query: Query) -> Query:
    """With the colleague who had it, as long as they still handle queries of the desk; else with nobody."""
    staff = people.staff(tx, query.holder) if query.holder else None
    place = cards.thread_desk(tx, query)
    if staff and any(staff.may_act_at(desk, setup.world) for desk in (query.desk, place)):
        return query
    return replace(query, status=Status.NEW, holder=0, claimed_at=None)


def promised_again(tx: Transaction, setup: Setup, query: Query, now: datetime) -> Query:
    """With a new promise of the same kind from now on, not saved yet."""
    policy, desk = policy_of(setup.world, query), desk_of(setup.world, query)
    return query_clock.begun(query, policy, desk, reader_zone(tx, setup, query), now)


def running(tx: Transaction, setup: Setup, query: Query, now: datetime) -> Query:
    """With its clock running, where it stood because we waited for the CSO and do not any more; not saved yet."""
    if query.waiting_since is None or query.status is Status.WAITING:
        return query
    policy, desk = policy_of(setup.world, query), desk_of(setup.world, query)
    return query_clock.resumed(query, policy, desk, reader_zone(tx, setup, query), now)


def _heard(tx: Transaction, setup: Setup, query: Query, now: datetime) -> Query:
    """The CSO wrote what we waited for, or changed what it wrote: the clock runs again, the timeline says how long
    it stood, and whoever has it is somebody who is there."""
    heard = _with_somebody_there(tx, setup, running(tx, setup, query.after(Action.HEAR), now), now)
    heard = queries.save(tx, heard)
    since = query.waiting_since.isoformat() if query.waiting_since else ""
    queries.add_entry(tx, Entry(query=query.id, kind=EntryKind.EVENT, text="resumed", at=now, fields={"since": since}))
    quiet.take_back(tx, heard, now)
    cards.renew_card(tx, setup, heard, now)
    return heard


def _with_somebody_there(tx: Transaction, setup: Setup, query: Query, now: datetime) -> Query:
    """With its holder, or whoever acts for them; else with nobody, at its desk."""
    acting = presence.look(tx, setup.world, now).acting_for(query.holder, query.desk)
    kept = _with_somebody(tx, setup, query)
    if acting == query.holder or not kept.holder:
        return kept
    return query.handed_to(acting, now) if acting else query.returned()


def _tell_heard(tx: Transaction, setup: Setup, query: Query, line: Entry, now: datetime) -> None:
    """Below the words, in the thread: until when an answer is promised now, and who has it."""
    fields: Fields = {
        "reference": query.reference,
        "desk": query.desk,
        "held": bool(query.holder),
        "word": query.next_word,
        "due": query.due_at.isoformat() if query.due_at else "",
    }
    cards.post_in_thread(tx, setup, query, f"heard:{line.id}", "desk.heard", fields, now)


def close(
    tx: Transaction,
    setup: Setup,
    query: Query,
    by: int,
    now: datetime,
    outcome: QueryOutcome,
    said: Fields | None = None,
) -> Query:
    """Raises `AnswerOwed` for a complaint without an answer, and `IllegalTransition` when it is closed already."""
    if by != query.person and query.owed and outcome is not QueryOutcome.MERGED:
        raise AnswerOwed(reference=query.reference)
    closed = queries.save(tx, query.closed(outcome))
    quiet.take_back(tx, closed, now)
    fields: Fields = {"outcome": outcome.value, **(said or {})}
    _event(tx, closed, "closed", by, now, fields)
    watching.tell(tx, setup, closed, Watched.CLOSED, by, now)
    cards.renew_card(tx, setup, closed, now)
    return closed


def close_by_person(tx: Transaction, setup: Setup, about: str, now: datetime) -> Query | None:
    query = _about(tx, about)
    if query is None or not query.open:
        return query
    return close(tx, setup, query, query.person, now, QueryOutcome.ANSWERED)


def rate(tx: Transaction, about: str, stars: int) -> None:
    query = queries.opened_by(tx, about)
    if query is not None and 1 <= stars <= 5:
        queries.save(tx, replace(query, rating=stars))


def share_rating(tx: Transaction, setup: Setup, about: str, shared: bool, now: datetime) -> None:
    """Shown on the card only when the CSO said so; the totals have it either way."""
    query = queries.opened_by(tx, about)
    if query is not None and query.rating:
        query = queries.save(tx, replace(query, rating_shared=shared))
        cards.renew_card(tx, setup, query, now)


def claim(tx: Transaction, setup: Setup, query: Query, person: int, now: datetime) -> Query:
    """Raises `IllegalTransition` when somebody has it."""
    if query.status is not Status.NEW:
        raise IllegalTransition(reference=query.reference, status=query.status.value)
    claimed = queries.save(tx, query.claimed_by(person, now))
    _event(tx, claimed, "claimed", person, now)
    cards.renew_card(tx, setup, claimed, now)
    return claimed


def release(tx: Transaction, setup: Setup, query: Query, person: int, now: datetime) -> Query:
    freed = replace(query.after(Action.RELEASE), holder=0, claimed_at=None)
    freed = queries.save(tx, running(tx, setup, freed, now))
    quiet.take_back(tx, freed, now)
    _event(tx, freed, "released", person, now)
    cards.renew_card(tx, setup, freed, now)
    return freed


def _event(tx: Transaction, query: Query, what: str, by: int, now: datetime, fields: Fields | None = None) -> None:
    line = Entry(query=query.id, kind=EntryKind.EVENT, text=what, at=now, author=by, fields=fields or {})
    queries.add_entry(tx, line)
