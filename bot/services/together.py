"""Watching and linking by verbs: what staff put beside a query for themselves. The CSO sees nothing of it."""

from collections.abc import Sequence

from bot.core.errors import BotError
from bot.core.message import Fields
from bot.core.permission import Viewer
from bot.core.person import WORKING
from bot.core.query import Entry, EntryKind, Query
from bot.core.turn import Immediate
from bot.core.verbs import query_number
from bot.services import cards
from bot.services.acts import Act
from bot.services.told import tell_member
from storage import links, people, watchers
from storage import queries as rows
from storage.reads.query_scope import seen
from storage.tables import queries as table


class CannotWatch(BotError):
    """Only active colleagues who handle queries can watch one."""

    template = "errors.cannot_watch"


class NoSuchQuery(BotError):
    """No query with this reference that the person may see; it is not said whether there is one."""

    template = "errors.no_such_query"


class NotLinked(BotError):
    """The two are not linked."""

    template = "errors.not_linked"


def watch(act: Act) -> Sequence[Immediate]:
    """From now on the person is told in private what becomes of the query."""
    if watchers.add(act.tx, act.query.id, act.person, act.now):
        _changed(act, act.query, "watched", {})
    return (act.notice("desk.you_watch", {"reference": act.query.reference}),)


def unwatch(act: Act) -> Sequence[Immediate]:
    if watchers.remove(act.tx, act.query.id, act.person):
        _changed(act, act.query, "unwatched", {})
    return (act.notice("desk.you_watch_no_more", {"reference": act.query.reference}),)


def add_watcher(act: Act) -> Sequence[Immediate]:
    """A colleague watches from now on, and is told who asked for it. Raises `CannotWatch`."""
    person = int(act.values["person"])
    staff = people.staff(act.tx, person)
    if staff is None or not any(role.role in WORKING for role in staff.roles):
        raise CannotWatch
    if watchers.add(act.tx, act.query.id, person, act.now):
        _changed(act, act.query, "watching", {"person": person})
        fields: Fields = {"reference": act.query.reference, "desk": act.query.desk}
        source = f"event:{act.key}:watcher"
        tell_member(act.tx, act.setup, person, source, "desk.made_watcher", fields, act.now, query=act.query.id)
    return (act.notice("desk.watcher_added", {"reference": act.query.reference}),)


def link(act: Act) -> Sequence[Immediate]:
    """Both go on, and each shows the other. Raises `NoSuchQuery`."""
    other = other_query(act)
    if links.add(act.tx, act.query.id, other.id, act.person, act.now):
        _both(act, other, "linked")
    return (act.notice("desk.linked_with", _named(act, other)),)


def unlink(act: Act) -> Sequence[Immediate]:
    """Raises `NoSuchQuery` or `NotLinked`."""
    other = other_query(act)
    if not links.remove(act.tx, act.query.id, other.id):
        raise NotLinked(**_named(act, other))
    _both(act, other, "unlinked")
    return (act.notice("desk.unlinked_from", _named(act, other)),)


def other_query(act: Act) -> Query:
    """The query that the form names: another one that the person may see. Raises `NoSuchQuery`."""
    written = act.values["query"]
    number = query_number(written)
    viewer = Viewer(person=act.person, staff=act.staff, world=act.setup.world)
    found = rows.where(act.tx, table.c.id == number, seen(viewer)) if number != act.query.id else ()
    if not found:
        raise NoSuchQuery(reference=f"Q-{number:04}")
    return found[0]


def _named(act: Act, other: Query) -> dict[str, str]:
    return {"reference": act.query.reference, "other": other.reference}


def _both(act: Act, other: Query, what: str) -> None:
    """Both timelines and both cards say so."""
    _changed(act, act.query, what, {"other": other.reference})
    _changed(act, other, what, {"other": act.query.reference})


def _changed(act: Act, query: Query, what: str, fields: Fields) -> None:
    line = Entry(query=query.id, kind=EntryKind.EVENT, text=what, at=act.now, author=act.person, fields=fields)
    rows.add_entry(act.tx, line)
    cards.renew_card(act.tx, act.setup, query, act.now)
