"""A query at its desk: its thread, its card, and what is posted there."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.channel import Op
from bot.core.delivery import NewDelivery, Priority
from bot.core.discretion import for_channel, shows_words
from bot.core.message import Button, Fields, Message, StoredFile
from bot.core.organisation import Organisation
from bot.core.person import BoundDesk, Connection, DeskStyle, Person
from bot.core.query import UNANSWERED, Entry, EntryKind, Query
from bot.core.similar import SHOWN
from bot.core.verbs import Verb, offered
from bot.core.world import Desk, World
from bot.services import offers
from bot.services.setup import Setup
from storage import deliveries, desks, keyboards, links, organisations, people, queries, watchers
from storage.database import Transaction
from storage.desks import DeskThread
from storage.keyboards import Keyboard

#: Letters of a CSO's text that fit one post with all that stands around them, whatever script they are in.
PART = 1900


def post_query(tx: Transaction, setup: Setup, query: Query, now: datetime) -> None:
    """Open the query's thread at its desk (or the next one above that works in a chat) and put the card there."""
    desks.leave(tx, query.id)
    bound = nearest(tx, setup.world, query.desk, query.complaint_about)
    if bound is None:
        return
    source = f"thread:{query.id}:{bound.desk}:{len(desks.threads(tx, query.id))}"
    language, zone = desk_reader(setup.world, bound.desk)
    to = bound.address
    root = 0
    if bound.style is DeskStyle.TOPIC:
        named: Fields = {"reference": query.reference, "topic": query.topic, "hidden": not shows_words(query)}
        title = Message("desk.topic_title", named, (), language, zone)
        thread = NewDelivery(
            source=source, to=to, op=Op.OPEN_THREAD, message=title, priority=Priority.STAFF, due=now, query=query.id
        )
        root = deliveries.add(tx, thread)
    token = setup.new_token()
    every = tuple(verb.value for verb in Verb)
    keyboards.add(tx, Keyboard(token=token, account=to.account, chat=to.chat, choices=every, query=query.id, at=now))
    card = NewDelivery(
        source=source,
        part=1,
        to=to,
        message=card_message(tx, setup, query, token, bound.desk),
        priority=Priority.STAFF,
        due=now,
        after=root,
        root=root,
        query=query.id,
    )
    card_id = deliveries.add(tx, card)
    place = DeskThread(
        id=0,
        query=query.id,
        desk=bound.desk,
        address=to,
        style=bound.style,
        root=root or card_id,
        card=card_id,
        current=True,
    )
    desks.add_thread(tx, place)


def nearest(tx: Transaction, world: World, desk: str, but: str = "") -> BoundDesk | None:
    """The chat of the desk, or of the first desk above it that has one in which something can be posted; `but` one."""
    seen: set[str] = set()
    while desk and desk not in seen:
        seen.add(desk)
        found = desks.bound(tx, desk) if desk != but else None
        if found and not deliveries.unreachable(tx, found.address.account, found.address.chat):
            return found
        desk = world.desks[desk].escalates_to if desk in world.desks else ""
    return desks.bound(tx, world.office.fallback_desk) if but != world.office.fallback_desk else None


def desk_reader(world: World, desk: str) -> tuple[str, str]:
    """The interface language and the zone of those who work at the desk."""
    post = _desk(world, desk).main
    spoken = (language for language in post.languages if language in world.office.languages)
    return next(spoken, world.office.default_language), post.timezone


def _desk(world: World, desk: str) -> Desk:
    return world.desks.get(desk) or world.desks[world.office.fallback_desk]


def renew_card(tx: Transaction, setup: Setup, query: Query, now: datetime) -> None:
    """The card shows the query as it is now; one edit for many changes."""
    if place := desks.current(tx, query.id):
        token = _card_token(tx, place)
        deliveries.renew(tx, place.card, card_message(tx, setup, query, token, place.desk), now)


def retire_card(tx: Transaction, setup: Setup, query: Query, moved_to: str, now: datetime) -> None:
    """The query left this desk: the card says where it went and offers nothing."""
    if place := desks.current(tx, query.id):
        language, zone = desk_reader(setup.world, place.desk)
        fields = {"reference": query.reference, "desk": moved_to}
        deliveries.renew(tx, place.card, Message("desk.card_moved", fields, (), language, zone), now)


def _card_token(tx: Transaction, place: DeskThread) -> str:
    buttons = deliveries.message_of(tx, place.card).buttons
    return buttons[0].token.split(".")[0] if buttons else ""


def card_message(tx: Transaction, setup: Setup, query: Query, token: str, desk: str) -> Message:
    """The card in the words of the desk that reads it."""
    person = people.get(tx, query.person) or Person()
    language, zone = desk_reader(setup.world, desk)
    if query.merged_into:
        goes_on: Fields = {"reference": query.reference, "other": f"Q-{query.merged_into:04}"}
        return Message("desk.card_merged", goes_on, (), language, zone)
    lines = queries.timeline(tx, query.id)
    asked = next((line for line in lines if line.kind is EntryKind.QUESTION), None)
    unconfirmed = person.connection is not Connection.CONFIRMED
    claims = unconfirmed and person.connection is Connection.CLAIMED
    answered = queries.last_reply(tx, query.id) is not None
    verbs = offered(query, unconfirmed=claims, answered=answered, but=offers.kept_back(tx, query))
    every = list(Verb)
    buttons = tuple(Button(f"verbs.{verb}", f"{token}.{every.index(verb)}") for verb in verbs) if token else ()
    more: Fields = {**_time_fields(query, lines), "similar": _similar(tx, query)}
    fields: Fields = {**_card_fields(tx, query, person, asked), **more}
    return Message("desk.card", fields if shows_words(query) else _without_words(fields), buttons, language, zone)


def _without_words(fields: Fields) -> Fields:
    """A sensitive query's card: who asks, how it stands and where the words can be read."""
    return {**fields, "text": "", "cut": False, "files": 0, "moved": "", "policy_reason": "", "sensitive": True}


def _similar(tx: Transaction, query: Query) -> int:
    """How many like it are open here; one more than are counted says that there are more."""
    return min(offers.similar_here(tx, query), SHOWN + 1) if query.status in UNANSWERED else 0


def _card_fields(tx: Transaction, query: Query, person: Person, asked: Entry | None) -> Fields:
    organisation = organisations.get(tx, person.organisation) if person.organisation else None
    text = asked.text if asked else ""
    return {
        "reference": query.reference,
        "status": query.status.value,
        "held": bool(query.holder),
        "desk": query.desk,
        "due": query.due_at.isoformat() if query.due_at else "",
        "answered": query.answered_at.isoformat() if query.answered_at else "",
        "country": query.country,
        "language": query.language,
        "account": query.account,
        "organisation": organisation.name if organisation else person.claimed_name,
        "connection": person.connection.value,
        "private": query.private,
        "no_quotes": query.no_quotes,
        "outcome": query.outcome or "",
        "concern": query.concern or "",
        "owner": _owner(tx, query),
        "links": [f"Q-{number:04}" for number in links.of_query(tx, query.id)],
        "watched_by": len(watchers.of_query(tx, query.id)),
        "text": text[:PART],
        "cut": len(text) > PART,
        "files": len(asked.files) if asked else 0,
        "topics": [{"topic": topic, "percent": round(p * 100)} for topic, p in query.topics[:2]],
        "topic": query.topic,
        "rating": query.rating if query.rating_shared else 0,
        "moved": str(query.because_fields.get("reason", "")),
        **_entered(tx, query, person, organisation),
    }


def _time_fields(query: Query, lines: Sequence[Entry]) -> Fields:
    """What staff did about the promised time."""
    changed = [line for line in lines if line.kind is EntryKind.EVENT and line.text == "priority"]
    ends = query.resolve_by if query.next_word else None
    return {
        "waiting": query.waiting_since.isoformat() if query.waiting_since else "",
        "asleep": query.snoozed_until.isoformat() if query.snoozed_until else "",
        "word": query.next_word,
        "resolve": ends.isoformat() if ends else "",
        "policy": query.policy if changed else "",
        "policy_reason": str(changed[-1].fields.get("reason", "")) if changed else "",
    }


def _owner(tx: Transaction, query: Query) -> str:
    """The name of whoever answers for it; their number where no name is known, empty without anybody."""
    known = people.get(tx, query.owner) if query.owner else None
    return known.name or f"#{known.id}" if known else ""


def _entered(tx: Transaction, query: Query, person: Person, organisation: Organisation | None) -> Fields:
    """Who entered it for a partner that cannot write here, and where the answer goes; empty for a person's own."""
    staff = people.staff(tx, query.entered_by) if query.entered_by else None
    roles = [each.role.value for each in staff.roles] if staff else []
    reads_here = any(each.chat for each in people.addresses(tx, person.id))
    email = person.email or (organisation.email if organisation else "")
    return {
        "entered": bool(query.entered_by),
        "entered_role": roles[0] if roles else "",
        "entered_email": "" if reads_here else email,
    }


def post_in_thread(
    tx: Transaction,
    setup: Setup,
    query: Query,
    source: str,
    template: str,
    fields: Fields,
    now: datetime,
    *,
    buttons: tuple[Button, ...] = (),
    part: int = 0,
    entry: int = 0,
    wants_reply: bool = False,
) -> int:
    """Post into the query's current thread; returns the delivery id, 0 when no desk works in a chat."""
    place = desks.current(tx, query.id)
    if place is None:
        return 0
    language, zone = desk_reader(setup.world, place.desk)
    message = Message(template, fields, buttons, language, zone, wants_reply=wants_reply)
    return deliveries.add(tx, _into(place, query, source, part, message, now, entry))


def thread_post(
    setup: Setup, place: DeskThread, query: Query, source: str, part: int, template: str, fields: Fields, now: datetime
) -> NewDelivery:
    """One post into this thread, to be queued together with others."""
    language, zone = desk_reader(setup.world, place.desk)
    return _into(place, query, source, part, Message(template, fields, (), language, zone), now)


def renew_preview(
    tx: Transaction, setup: Setup, query: Query, entry: int, template: str, fields: Fields, now: datetime
) -> None:
    """The post that showed a reply back says what became of it."""
    line = queries.entry(tx, entry)
    language, zone = desk_reader(setup.world, query.desk)
    for number in deliveries.of_source(tx, f"preview:{entry}"):
        message = Message(template, {**fields, "text": line.text, "reference": query.reference}, (), language, zone)
        deliveries.renew(tx, number, for_channel(query, message), now)


def _into(
    place: DeskThread, query: Query, source: str, part: int, message: Message, now: datetime, entry: int = 0
) -> NewDelivery:
    """Into the thread; of a sensitive query without anybody's words, whoever posts them."""
    message = for_channel(query, message)
    return NewDelivery(
        source=source,
        part=part,
        to=place.address.whole_chat(),
        op=Op.UPLOAD if message.file else Op.POST,
        message=message,
        priority=Priority.STAFF,
        due=now,
        after=place.card,
        root=place.root,
        query=query.id,
        entry=entry,
    )


def post_text(
    tx: Transaction, setup: Setup, query: Query, source: str, template: str, text: str, now: datetime
) -> None:
    """A CSO's words, whole, in as many parts as they need; a very long text has become a file before it gets here."""
    for part, words in enumerate(_parts(text) if shows_words(query) else (text,)):
        fields: Fields = {"reference": query.reference, "text": words, "part": part}
        post_in_thread(tx, setup, query, source, template, fields, now, part=part)


def post_rest(tx: Transaction, setup: Setup, query: Query, text: str, now: datetime) -> None:
    """What of a long question did not fit its card."""
    if len(text) > PART and shows_words(query):
        post_text(tx, setup, query, f"rest:{query.id}:{thread_of(tx, query)}", "desk.rest", text[PART:], now)


def _parts(text: str) -> Sequence[str]:
    return [text[start : start + PART] for start in range(0, len(text), PART)] or [""]


def post_files(
    tx: Transaction, setup: Setup, query: Query, source: str, files: Sequence[StoredFile], now: datetime
) -> None:
    place = desks.current(tx, query.id)
    if place is None:
        return
    language, zone = desk_reader(setup.world, place.desk)
    for part, file in enumerate(files):
        fields: Fields = {"reference": query.reference, "name": file.name, "kind": file.kind.value}
        message = Message("desk.file", fields, (), language, zone, file)
        deliveries.add(tx, _into(place, query, f"{source}:files", part, message, now))


def thread_desk(tx: Transaction, query: Query) -> str:
    """The desk in whose chat the query is handled; its own where it is shown in none."""
    place = desks.current(tx, query.id)
    return place.desk if place else query.desk


def thread_of(tx: Transaction, query: Query) -> int:
    """Names the query's current thread in the sources of what is posted there; 0 without one."""
    place = desks.current(tx, query.id)
    return place.card if place else 0
