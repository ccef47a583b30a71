"""Lists of queries for one member of staff in chat, with what can be done from them; never a text that is sensitive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.calendar import timezone
from bot.core.conversation.state import Chosen
from bot.core.desk_turn import DeskList, ShowList
from bot.core.digest import midnight_after
from bot.core.errors import BotError, Conflict
from bot.core.message import Button, Fields, Message, Place
from bot.core.permission import Permission, Viewer
from bot.core.person import Connection, DeskStyle
from bot.core.query import EntryKind, Query, Status
from bot.core.thread_link import in_telegram
from bot.core.turn import Notice
from bot.core.verbs import VERBS, Verb, offered
from bot.services import offers, verbs
from bot.services.acting import Acting
from bot.services.acts import Act, may_act
from bot.services.standing import known_staff
from bot.services.told import tell
from storage import deliveries, desks, keyboards, queries
from storage.keyboards import Keyboard
from storage.reads import desk_list
from storage.reads.query_scope import own_desks
from storage.reads.queue import Row

#: Beginning of the prompts whose buttons mean the same wherever they are pressed.
PROMPTS = "lists/"
#: Queries of one page: with a button each they fit one screen of a phone.
ROWS = 8
#: What can be done without a form, wherever it is offered.
WORDLESS = frozenset(verb for verb, declared in VERBS.items() if not declared.fields) - {Verb.MORE}
#: Letters of a question that are shown of one that is opened.
SHOWN = 900


@dataclass(frozen=True, slots=True)
class Choice:
    """A button of a list: what it does ("claim:7"), and its label."""

    does: str
    label: str
    fields: Fields


def show(acting: Acting, effect: ShowList) -> None:
    """The first page, in private or to be seen by nobody else."""
    viewer = _viewer(acting)
    if viewer is None or not viewer.may(Permission.SEE_QUERIES):
        _say(acting, "lists.no_queries", {"slash": acting.setup.slash(acting.event.address.account)}, ())
        return
    _show_page(acting, viewer, effect.which, 0)


def pressed(acting: Acting, token: str, chosen: Chosen) -> None:
    """A button below a list or a digest. Raises `Conflict`."""
    viewer = _viewer(acting)
    board = keyboards.find(acting.tx, token.partition(".")[0])
    if viewer is None or board is None or not viewer.may(Permission.SEE_QUERIES):
        _notice(acting, "errors.not_staff", {})
        return
    does, _, rest = chosen.value.partition(":")
    match does:
        case "claim":
            _claim(acting, viewer, board, int(rest))
        case "open":
            _open(acting, viewer, int(rest))
        case "more":
            which = DeskList(chosen.prompt.removeprefix(PROMPTS))
            _show_page(acting, viewer, which, int(rest) - _taken(acting, board))
        case _:
            _show_page(acting, viewer, DeskList(rest), 0)


def _viewer(acting: Acting) -> Viewer | None:
    staff = known_staff(acting.tx, acting.person.id, acting.event.sender.standing).staff
    return Viewer(person=acting.person.id, staff=staff, world=acting.setup.world) if staff else None


# Pages.


def _show_page(acting: Acting, viewer: Viewer, which: DeskList, offset: int) -> None:
    zone = acting.told.zone
    day_ends = midnight_after(zone, acting.now.astimezone(timezone(zone)).date())
    found = desk_list.page(acting.tx, viewer, which, day_ends, acting.now, (offset, ROWS))
    if not found.rows:
        _say(acting, "lists.empty", _empty(acting, viewer, which), ())
        return
    more = offset + len(found.rows)
    heading: Fields = {
        "which": which.value,
        "count": found.count,
        "first": offset + 1,
        "last": more,
        **_places(viewer),
        "unclaimed": desk_list.standing(acting.tx, viewer).unclaimed,
    }
    fields: Fields = {**heading, "rows": _lines(acting, viewer, which.value, found.rows)}
    further = (Choice(f"more:{more}", "lists.more", {"left": found.count - more}),) if more < found.count else ()
    choices = (*(_choice(row) for row in found.rows), *further)
    _say(acting, "lists.page", fields, choices, which.value)


def _places(viewer: Viewer) -> Fields:
    """The desks that the list is of: one by its name, several by their number."""
    own = own_desks(viewer)
    return {"desk": own[0] if len(own) == 1 else "", "desks": len(own)}


def _empty(acting: Acting, viewer: Viewer, which: DeskList) -> Fields:
    stands = desk_list.standing(acting.tx, viewer)
    return {
        "which": which.value,
        **_places(viewer),
        "slash": acting.setup.slash(acting.event.address.account),
        "unclaimed": stands.unclaimed,
        "next": f"Q-{stands.next:04}" if stands.next else "",
        "next_due": stands.next_due.isoformat() if stands.next_due else "",
    }


def line(viewer: Viewer, row: Row, now: datetime) -> Fields:
    """One query as a line of a list; of a sensitive one neither who asked nor about what."""
    asleep = bool(row.snoozed_until and row.snoozed_until > now and not (row.due_at and row.due_at <= now))
    several = len(own_desks(viewer)) != 1
    return {
        "reference": row.reference,
        "sensitive": row.sensitive,
        "organisation": "" if row.sensitive else row.organisation or "",
        "unconfirmed": row.connection is not Connection.CONFIRMED,
        "topic": "" if row.sensitive else row.topic,
        "desk": row.desk if several else "",
        "due": row.due_at.isoformat() if row.due_at else "",
        "late": row.due_at is not None and row.due_at <= now,
        "state": _state(viewer, row),
        "holder": row.holder_name,
        "until": row.snoozed_until.isoformat() if asleep and row.snoozed_until else "",
        "since": row.waiting_since.isoformat() if row.waiting_since else "",
    }


def _lines(acting: Acting, viewer: Viewer, which: str, rows: Sequence[Row]) -> list[Fields]:
    """Of one's own queries nobody has to be told whose they are."""
    own: Fields = {"state": ""} if which == DeskList.MINE else {}
    lines = (line(viewer, row, acting.now) for row in rows)
    return [{**each, **own} if each["state"] == "yours" else each for each in lines]


def _state(viewer: Viewer, row: Row) -> str:
    if row.status is Status.WAITING:
        return "waiting"
    if not row.holder:
        return "nobodys"
    return "yours" if row.holder == viewer.person else "held"


def _choice(row: Row) -> Choice:
    does = "claim" if row.status is Status.NEW else "open"
    return Choice(f"{does}:{row.id}", f"lists.{does}", {"reference": row.reference})


# What is done from a list.


def _claim(acting: Acting, viewer: Viewer, board: Keyboard, number: int) -> None:
    """Take it; the desk's card and the list say so."""
    act = _act(acting, viewer, number)
    try:
        with acting.tx.begin_nested():
            shown = verbs.perform(act)
    except Conflict:
        raise  # somebody was faster by a moment: the event is done again on what is true now
    except BotError as problem:
        _notice(acting, problem.template, problem.fields)
        return
    acting.immediates.extend(shown)
    if not shown:
        query = queries.get(acting.tx, number)
        due = query.due_at.isoformat() if query.due_at else ""
        _notice(acting, "lists.claimed", {"reference": query.reference, "due": due})
    if board.entry:
        _renew(acting, viewer, board)


def _taken(acting: Acting, board: Keyboard) -> int:
    """How many of the list have been claimed since: those behind them have moved up."""
    if board.prompt != f"{PROMPTS}{DeskList.QUEUE}":
        return 0
    offered_then = [int(each.partition(":")[2]) for each in board.choices if each.startswith("claim:")]
    return sum(queries.get(acting.tx, each).status is not Status.NEW for each in offered_then)


def _act(acting: Acting, viewer: Viewer, number: int) -> Act:
    return Act(
        tx=acting.tx,
        setup=acting.setup,
        now=acting.now,
        key=acting.key,
        person=acting.person.id,
        staff=viewer.staff,
        query=queries.get(acting.tx, number),
        verb=Verb.CLAIM,
        values={},
    )


def _renew(acting: Acting, viewer: Viewer, board: Keyboard) -> None:
    """The list as it is now, each query where it was: what was claimed can be opened."""
    said = deliveries.message_of(acting.tx, board.entry)
    named = [int(each.partition(":")[2]) for each in board.choices if each.startswith(("claim:", "open:"))]
    rows = desk_list.these(acting.tx, viewer, named)
    offsets = [int(each.partition(":")[2]) for each in board.choices if each.startswith("more:")]
    left = [button.fields for button in said.buttons if button.label == "lists.more"]
    further = (
        Choice(f"more:{offset - _taken(acting, board)}", "lists.more", fields)
        for offset, fields in zip(offsets, left, strict=True)
    )
    choices, token = (*(_choice(row) for row in rows), *further), acting.setup.new_token()
    unclaimed = desk_list.standing(acting.tx, viewer).unclaimed
    fields = {
        **said.fields,
        "rows": _lines(acting, viewer, board.prompt.removeprefix(PROMPTS), rows),
        "unclaimed": unclaimed,
    }
    message = Message(said.template, fields, _buttons(token, choices), said.language, said.zone)
    deliveries.renew(acting.tx, board.entry, message, acting.now)
    acting.keep_buttons(token, board.prompt, tuple(each.does for each in choices), entry=board.entry)


def _open(acting: Acting, viewer: Viewer, number: int) -> None:
    """One query, with what can be done here."""
    rows = desk_list.these(acting.tx, viewer, [number])
    if not rows:
        _notice(acting, "errors.not_allowed", {})
        return
    query = queries.get(acting.tx, number)
    lines = queries.timeline(acting.tx, number)
    question = next((each.text for each in lines if each.kind is EntryKind.QUESTION), "")
    fields: Fields = {
        "opened": line(viewer, rows[0], acting.now),
        "desk": query.desk,
        "link": _link(acting, query),
        "text": "" if query.sensitive else question[:SHOWN],
        "cut": len(question) > SHOWN,
        "notes": sum(each.kind is EntryKind.NOTE for each in lines),
        "replies": sum(each.kind in {EntryKind.REPLY, EntryKind.CORRECTION} for each in lines),
    }
    token = acting.setup.new_token()
    every = tuple(verb.value for verb in Verb)
    buttons = tuple(
        Button(f"verbs.{verb}", f"{token}.{every.index(verb.value)}") for verb in _offered(acting, viewer, query)
    )
    _send(acting, Message("lists.opened", fields, buttons, acting.told.language, acting.told.zone))
    acting.keep_buttons(token, "", every, query=number)


def _link(acting: Acting, query: Query) -> str:
    """Where the query is handled, for whoever has to go there to answer it; empty where no address can be made."""
    place = desks.current(acting.tx, query.id)
    if place is None or acting.setup.kinds.get(place.address.account) != "telegram":
        return ""
    at = place.address.thread if place.style is DeskStyle.TOPIC else deliveries.get(acting.tx, place.card).result
    return in_telegram(place.address.chat, at)


def _offered(acting: Acting, viewer: Viewer, query: Query) -> Sequence[Verb]:
    """What the person may do here: with forms everything that the card offers, else what needs no words."""
    if not may_act(acting.tx, acting.setup.world, viewer.staff, query):
        return ()
    forms = acting.setup.has_forms(acting.event.address.account)
    # Without forms words are asked for in the query's thread, and what is behind MORE needs mostly words.
    answered = queries.last_reply(acting.tx, query.id) is not None
    shown = offered(query, unconfirmed=False, answered=answered, but=offers.kept_back(acting.tx, query))
    return [each for each in shown if forms or each in WORDLESS]


# How it is said.


def _say(
    acting: Acting, template: str, fields: Fields, choices: Sequence[Choice], which: str = DeskList.QUEUE.value
) -> None:
    """With its buttons; in company so that only the one who asked sees it."""
    told, token = acting.told, acting.setup.new_token()
    number = _send(acting, Message(template, fields, _buttons(token, choices), told.language, told.zone))
    if choices:
        acting.keep_buttons(token, f"{PROMPTS}{which}", tuple(each.does for each in choices), entry=number)


def _send(acting: Acting, message: Message) -> int:
    """Queue it for the private chat; returns the delivery, 0 where it is shown at once to one person in a channel."""
    if acting.place is Place.GROUP and acting.setup.has_forms(acting.event.address.account):
        acting.immediates.append(Notice(message))
        return 0
    source, said, part = f"event:{acting.key}", message, acting.part
    acting.part += 1
    return tell(acting.tx, acting.told, source, part, said.template, said.fields, acting.now, buttons=said.buttons)


def _notice(acting: Acting, template: str, fields: Fields) -> None:
    acting.immediates.append(Notice(acting.notice(template, fields)))


def _buttons(token: str, choices: Sequence[Choice]) -> tuple[Button, ...]:
    return tuple(Button(each.label, f"{token}.{place}", each.fields) for place, each in enumerate(choices))
