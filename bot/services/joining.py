"""A query that goes on in another one: its lines, its watchers and the earlier of the two promises go along."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.core import query_clock
from bot.core.discretion import may_quote
from bot.core.errors import NotAllowed
from bot.core.message import Fields
from bot.core.query import Entry, EntryKind, EntryState, Query, QueryOutcome, Status
from bot.core.query_clock import desk_of, policy_of
from bot.core.turn import Immediate
from bot.services import canned, cards, queries
from bot.services.acts import Act, may_act, only_holder, tell_asker
from bot.services.setup import Setup
from bot.services.together import NoSuchQuery, other_query
from bot.services.told import asker, query_fields, tell
from storage import links, watchers
from storage import queries as rows
from storage.database import Transaction

#: Nobody has answered it.
_UNANSWERED = (Status.NEW, Status.CLAIMED, Status.WAITING)
_FROM_CSO = (EntryKind.QUESTION, EntryKind.ADDITION, EntryKind.EDIT)


class OtherAsker(NotAllowed):
    """Asked by somebody of another organisation, or not to be seen by colleagues."""

    template = "errors.merge_other_asker"


class OneSensitive(NotAllowed):
    """Words of a sensitive query are never put where all can read, nor the other way round unasked."""

    template = "errors.merge_sensitive"


class NotOpen(NotAllowed):
    """The other one is closed, or has not reached a desk."""

    template = "errors.merge_not_open"


class OwnAnswer(NotAllowed):
    """What somebody answers for by name needs an answer of its own."""

    template = "errors.merge_concern"


class AnswerLeaves(NotAllowed):
    """An answer is in its seconds to undo."""

    template = "errors.merge_answer_leaves"


def merge(act: Act) -> Sequence[Immediate]:
    """Into the query that the form names. Raises `NoSuchQuery`, `HeldByOther`, or why the two cannot be one."""
    kept = other_query(act)
    if not may_act(act.tx, act.setup.world, act.staff, kept):
        raise NoSuchQuery(reference=kept.reference)
    only_holder(act)
    _check(act, kept)
    kept = _joined(act, kept)
    gone = _gone(act, kept)
    fields: Fields = {**query_fields(kept), "reference": gone.reference, "other": kept.reference}
    tell_asker(act, gone, "conversation.merged", {**fields, "theirs": kept.person != gone.person})
    source = f"event:{act.key}:merged"
    cards.post_in_thread(act.tx, act.setup, gone, source, "desk.goes_on_in", fields, act.now)
    return ()


def _check(act: Act, kept: Query) -> None:
    gone = act.query
    named = {"reference": gone.reference, "other": kept.reference}
    same_organisation = bool(gone.organisation) and gone.organisation == kept.organisation
    if gone.person != kept.person and (not same_organisation or gone.private or kept.private):
        raise OtherAsker(**named)
    if gone.sensitive != kept.sensitive:
        raise OneSensitive(**named)
    if kept.status in {Status.CLOSED, Status.ASKED}:
        raise NotOpen(**named)
    if gone.concern is not None:
        raise OwnAnswer(**named)
    if any(line.state is EntryState.PENDING for line in rows.timeline(act.tx, gone.id)):
        raise AnswerLeaves(**named)


def _joined(act: Act, kept: Query) -> Query:
    """The surviving query with what the other one brings."""
    gone, tx, now = act.query, act.tx, act.now
    after = replace(
        _promised(act, kept),
        broken_at=min(filter(None, (kept.broken_at, gone.broken_at)), default=None),
        private=kept.private or gone.private,
        snoozed_until=None,
        no_quotes=kept.no_quotes or gone.no_quotes,
    )
    saved = rows.save(tx, after)
    fields: Fields = {"other": gone.reference}
    rows.add_entry(
        tx, Entry(query=kept.id, kind=EntryKind.EVENT, text="taken_in", at=now, author=act.person, fields=fields)
    )
    moved = rows.move_lines(tx, gone, kept)
    for person in watchers.of_query(tx, gone.id):
        watchers.add(tx, kept.id, person, now)
    cards.renew_card(tx, act.setup, saved, now)
    for each in moved:
        _show(act, saved, each)
    if not may_quote(saved):
        canned.withdraw(tx, saved, act.person, now)
    return saved


def _promised(act: Act, kept: Query) -> Query:
    """With the earlier of the two promises; what waited or was answered is to be answered again."""
    gone, world = act.query, act.setup.world
    if gone.status not in _UNANSWERED:
        return kept
    if kept.status is Status.ANSWERED:
        kept = queries.asked_again(act.tx, act.setup, kept, act.now)
    elif kept.status is Status.WAITING and gone.status is not Status.WAITING:
        kept = queries.heard_from(act.tx, act.setup, kept, act.now)
    here, there = desk_of(world, gone), desk_of(world, kept)
    return query_clock.with_earlier(kept, gone, policy_of(world, gone), here, there, act.now)


def _gone(act: Act, kept: Query) -> Query:
    """Closed, with where it goes on; what had gone on in it goes on there as well."""
    tx, gone = act.tx, replace(act.query, merged_into=kept.id)
    said: Fields = {"other": kept.reference}
    closed = queries.close(tx, act.setup, gone, act.person, act.now, QueryOutcome.MERGED, said)
    for earlier in links.merged_into(tx, gone.id):
        rows.save(tx, replace(rows.get(tx, earlier), merged_into=kept.id))
    links.note_merged(tx, gone.id, kept.id, act.person, act.now)
    return closed


def _show(act: Act, kept: Query, line: Entry) -> None:
    """What the CSO wrote, in the thread where it goes on."""
    source = f"taken_in:{line.id}:{cards.thread_of(act.tx, kept)}"
    if line.kind in _FROM_CSO and line.text.strip():
        cards.post_text(act.tx, act.setup, kept, source, "desk.added_from_other", line.text, act.now)
    if line.kind in _FROM_CSO and line.files:
        cards.post_files(act.tx, act.setup, kept, source, line.files, act.now)


def pass_on(tx: Transaction, setup: Setup, query: Query, line: Entry, now: datetime) -> None:
    """An answer that was sent also reaches colleagues whose own question goes on in this one."""
    askers = {query.person}
    for number in links.merged_into(tx, query.id):
        merged = rows.get(tx, number)
        told = asker(tx, setup, merged) if merged.person not in askers else None
        askers.add(merged.person)
        if told is not None:
            fields: Fields = {**query_fields(query), "text": line.text, "answered": line.at.isoformat()}
            template = "conversation.correction" if line.kind is EntryKind.CORRECTION else "conversation.answer"
            source = f"reply:{line.id}:{merged.id}"
            tell(tx, told, source, 0, template, fields, now, query=query.id)
            for part, file in enumerate(line.files, 1):
                name: Fields = {"reference": query.reference, "name": file.name}
                tell(tx, told, source, part, "conversation.answer_file", name, now, file=file, query=query.id)
