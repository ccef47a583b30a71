"""A query whose words are shown in no channel: marking it, taking it back, and reading it in private."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.core.discretion import carries_words, for_channel
from bot.core.errors import NotAllowed
from bot.core.message import Fields
from bot.core.query import Entry, EntryKind, EntryState, Query
from bot.core.turn import Immediate
from bot.services import canned, cards, posts, similar
from bot.services.acts import Act, manages, only_holder
from bot.services.told import Told, member, tell
from storage import deliveries, query_words
from storage import posts as rows
from storage import queries as query_rows

#: Lines that are shown in private; what came before stands in the console.
MOST_LINES = 12
_SHOWN_KINDS = frozenset(EntryKind) - {EntryKind.EVENT}


class OnlyManager(NotAllowed):
    """Only a manager of the desk makes a sensitive query an ordinary one again."""

    template = "errors.only_manager_shows"


class ClaimFirst(NotAllowed):
    """The words are shown to whoever has the query."""

    template = "errors.claim_to_read"


def mark(act: Act) -> Sequence[Immediate]:
    """Its words leave every chat in which others read, the index, and what was made of them."""
    query = act.query
    if not query.sensitive:
        query = query_rows.save(act.tx, replace(query, sensitive=True))
        _event(act, query, "marked_sensitive")
        _hide_waiting(act, query)
        _take_out(act, query)
        canned.withdraw(act.tx, query, act.person, act.now)
        similar.let_go(act.tx, act.setup, [query.id], act.now)
        _settle(act, query)
    return (act.notice("desk.now_sensitive", {"reference": query.reference}),)


def unmark(act: Act) -> Sequence[Immediate]:
    """Shown again from now on; what was taken out stays out. Raises `OnlyManager`."""
    if not manages(act):
        raise OnlyManager(reference=act.query.reference)
    query = act.query
    if query.sensitive:
        query = query_rows.save(act.tx, replace(query, sensitive=False))
        _event(act, query, "marked_not_sensitive")
        _settle(act, query)
    return (act.notice("desk.not_sensitive", {"reference": query.reference}),)


def read(act: Act) -> Sequence[Immediate]:
    """The words into the private chat of whoever has the query. Raises `ClaimFirst` or `HeldByOther`."""
    if not act.query.holder and not manages(act):
        raise ClaimFirst(reference=act.query.reference)
    only_holder(act)
    told = member(act.tx, act.setup, act.person)
    if told is None:
        return (act.notice("desk.no_private_chat", {"reference": act.query.reference}),)
    _show(act, told)
    return ()


def _show(act: Act, told: Told) -> None:
    """Line by line, and at the end what to do with it."""
    lines = [(rows.SHOWN, fields) for fields in _lines(act)]
    last = ("desk.shown_in_private", {"reference": act.query.reference})
    for part, (template, fields) in enumerate((*lines, last)):
        tell(act.tx, told, f"words:{act.key}", part, template, fields, act.now, query=act.query.id)


def _lines(act: Act) -> Iterator[Fields]:
    every = [line for line in query_rows.timeline(act.tx, act.query.id) if line.kind in _SHOWN_KINDS]
    for line in every[-MOST_LINES:]:
        said = line.text or ", ".join(file.name for file in line.files)
        for start in range(0, max(1, len(said)), cards.PART):
            yield {
                "reference": act.query.reference,
                "kind": line.kind.value,
                "at": line.at.isoformat(),
                "text": said[start : start + cards.PART],
                "files": len(line.files),
            }


def _hide_waiting(act: Act, query: Query) -> None:
    """What has not left yet says less, or nothing."""
    for number in rows.waiting(act.tx, query.id):
        message = deliveries.message_of(act.tx, number)
        if message.file is not None:
            deliveries.cancel(act.tx, number)
        elif carries_words(message):
            deliveries.renew(act.tx, number, for_channel(query, message), act.now)


def _take_out(act: Act, query: Query) -> None:
    """Deleted where the platform allows, else overwritten; an answer that can still be taken back keeps its buttons."""
    worded = [
        (post, message)
        for post in rows.in_threads(act.tx, query.id)
        if carries_words(message := deliveries.message_of(act.tx, post.delivery))
    ]
    pending = _pending_previews(act, query)
    for post, message in worded:
        if post.delivery in pending:
            deliveries.renew(act.tx, post.delivery, for_channel(query, message), act.now)
    gone = [post for post, _message in worded if post.delivery not in pending]
    posts.remove(act.tx, act.setup, gone, posts.POST_HIDDEN, query, act.now)
    for post in gone:
        rows.blank(act.tx, post.delivery)


def _pending_previews(act: Act, query: Query) -> frozenset[int]:
    waiting = (line for line in query_rows.timeline(act.tx, query.id) if line.state is EntryState.PENDING)
    return frozenset(number for line in waiting for number in deliveries.of_source(act.tx, f"preview:{line.id}"))


def _settle(act: Act, query: Query) -> None:
    query_words.refresh(act.tx, [query.id])
    query_words.scrub(act.tx)
    cards.renew_card(act.tx, act.setup, query, act.now)


def _event(act: Act, query: Query, what: str) -> None:
    line = Entry(query=query.id, kind=EntryKind.EVENT, text=what, at=act.now, author=act.person)
    query_rows.add_entry(act.tx, line)
