"""The tables of what flows. Alembic makes them; this is what the statements are written against.

What a desk keeps is in `desk_tables`, people and organisations in `directory_tables`, sign-in in `console_tables`,
imports in `exchange_tables`, what only the confidential desk can open in `sealed_tables`.

Times that people see are UTC datetimes of the product clock; leases and pace are seconds of the database's own clock.
"""

from typing import Any

import sqlalchemy as sa

from storage import console_tables, desk_tables, directory_tables, exchange_tables, sealed_tables
from storage.columns import Id, Moment, Seconds, key, metadata

__all__ = ["console_tables", "desk_tables", "directory_tables", "exchange_tables", "metadata", "sealed_tables"]

product_clock = sa.Table(
    "product_clock",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    #: Added to the database's time to make the product's; only the simulator and tests ever move it.
    sa.Column("offset_seconds", Seconds, nullable=False, server_default="0"),
    #: While set, the product clock stands still here.
    sa.Column("frozen_at", Moment),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("account", sa.String, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("team", sa.String, nullable=False, server_default=""),
    #: When the platform said that the app was removed there; empty again once it answers us.
    sa.Column("ended_at", Moment),
)

inbox = sa.Table(
    "inbox",
    metadata,
    key(),
    sa.Column("account", sa.String, nullable=False),
    sa.Column("event_id", sa.String, nullable=False),
    sa.Column("conversation", sa.String, nullable=False),
    #: Sealed with the process key; NULL as soon as the event is done.
    sa.Column("payload", sa.LargeBinary),
    #: "platform", or "own" for something that happened on our side.
    sa.Column("kind", sa.String, nullable=False, server_default="platform"),
    sa.Column("state", sa.String, nullable=False, server_default="waiting"),
    sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("at", Moment, nullable=False),
    sa.UniqueConstraint("account", "event_id"),
)
sa.Index(
    "inbox_waiting",
    inbox.c.conversation,
    inbox.c.id,
    sqlite_where=sa.text("state = 'waiting'"),
    postgresql_where=sa.text("state = 'waiting'"),
)

conversations = sa.Table(
    "conversations",
    metadata,
    #: "account:chat" for a private chat, "account:chat:thread" for a desk's thread.
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("pending", sa.Integer, nullable=False, server_default="0"),
    sa.Column("ready_at", Seconds, nullable=False, server_default="0"),
    #: Names one claim, not only who claimed: a lost lease can never be taken for a later one.
    sa.Column("lease_by", sa.String),
    sa.Column("lease_until", Seconds, nullable=False, server_default="0"),
)
sa.Index(
    "conversations_ready",
    conversations.c.ready_at,
    sqlite_where=sa.text("pending > 0"),
    postgresql_where=sa.text("pending > 0"),
)

addresses = sa.Table(
    "addresses",
    metadata,
    #: "account:chat".
    sa.Column("key", sa.String, primary_key=True),
    #: Earliest next send, seconds of the database's clock.
    sa.Column("next_at", Seconds, nullable=False, server_default="0"),
    #: The platform asked us to wait for this chat.
    sa.Column("paused_until", Seconds, nullable=False, server_default="0"),
    #: Why nothing can be sent here; empty while it can.
    sa.Column("unreachable", sa.String, nullable=False, server_default=""),
    #: Since when, by the product clock.
    sa.Column("unreachable_since", Moment),
    #: Spam limit: when the current count of messages from here began, and the count.
    sa.Column("counted_from", Moment),
    sa.Column("counted", sa.Integer, nullable=False, server_default="0"),
)

bound_desks = sa.Table(
    "bound_desks",
    metadata,
    sa.Column("desk", sa.String, primary_key=True),
    sa.Column("account", sa.String, nullable=False),
    sa.Column("chat", sa.String, nullable=False),
    sa.Column("style", sa.String, nullable=False),
    sa.Column("bound_by", sa.ForeignKey("people.id")),
    sa.Column("bound_at", Moment, nullable=False),
    sa.UniqueConstraint("account", "chat"),
)

queries = sa.Table(
    "queries",
    metadata,
    key(),
    sa.Column("opened_by", sa.String, nullable=False, unique=True),
    sa.Column("person", sa.ForeignKey("people.id"), nullable=False, index=True),
    sa.Column("organisation", sa.String, nullable=False),
    sa.Column("country", sa.String, nullable=False),
    sa.Column("language", sa.String, nullable=False),
    sa.Column("account", sa.String, nullable=False),
    sa.Column("topic", sa.String, nullable=False),
    sa.Column("topics", sa.JSON, nullable=False),
    sa.Column("desk", sa.String, nullable=False),
    sa.Column("because", sa.String, nullable=False),
    sa.Column("because_fields", sa.JSON, nullable=False),
    sa.Column("policy", sa.String, nullable=False),
    sa.Column("asked_at", Moment, nullable=False),
    sa.Column("due_at", Moment),
    #: The clock of the promise: seconds of working time, and since when it runs.
    sa.Column("clock_total", sa.Integer, nullable=False, server_default="0"),
    sa.Column("clock_used", sa.Integer, nullable=False, server_default="0"),
    sa.Column("clock_since", Moment),
    sa.Column("marks_reached", sa.SmallInteger, nullable=False, server_default="0"),
    #: When somebody is reminded next, or it goes to the desk above.
    sa.Column("mark_at", Moment),
    sa.Column("waiting_since", Moment),
    sa.Column("resolve_by", Moment),
    sa.Column("promised_from", Moment),
    sa.Column("next_word", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("answer_by", Moment),
    #: When it is looked at besides its marks.
    sa.Column("wake_at", Moment),
    sa.Column("answered_at", Moment),
    sa.Column("first_answered_at", Moment),
    sa.Column("broken_at", Moment),
    sa.Column("snoozed_until", Moment),
    sa.Column("outcome", sa.String),
    sa.Column("concern", sa.String),
    #: Who answers for it, whoever has it; 0 for an ordinary query.
    sa.Column("owner", Id, nullable=False, server_default="0"),
    sa.Column("sensitive", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("no_quotes", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("merged_into", Id, nullable=False, server_default="0"),
    sa.Column("complaint_about", sa.String, nullable=False, server_default=""),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("holder", Id, nullable=False),
    sa.Column("claimed_at", Moment),
    sa.Column("private", sa.Boolean, nullable=False),
    #: Member of staff who entered it for a partner that cannot write here; 0 for a person's own.
    sa.Column("entered_by", Id, nullable=False, server_default="0"),
    sa.Column("rating", sa.SmallInteger, nullable=False),
    sa.Column("rating_shared", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)
sa.Index("queries_organisation", queries.c.organisation, queries.c.asked_at, queries.c.desk)
sa.Index("queries_answered", queries.c.answered_at, queries.c.desk, queries.c.holder)
sa.Index("queries_desk", queries.c.desk, queries.c.status)


def _some(name: str, where: str, *columns: sa.Column[Any]) -> None:
    """An index of the queries for which this holds."""
    sa.Index(name, *columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


_is = queries.c
#: Somebody has to do something: the lists of the console are mostly of these.
_work = "status IN ('new', 'claimed', 'waiting')"
_some("queries_work", _work, _is.due_at, _is.desk, _is.status, _is.holder, _is.snoozed_until)
_some("queries_holder", "holder <> 0", _is.holder)
_some("queries_broken", "broken_at IS NOT NULL", _is.broken_at)
_some("queries_marks", "mark_at IS NOT NULL", _is.mark_at)
_some("queries_wakes", "wake_at IS NOT NULL", _is.wake_at)
sa.Index("queries_listed", _is.status, _is.desk, _is.topic, _is.language, _is.country)
#: Everything that the numbers of the desk are counted from, so that counting reads no text.
_counted = (_is.asked_at, _is.first_answered_at, _is.broken_at, _is.due_at)
sa.Index("queries_insight", *_counted, _is.status, _is.desk, _is.country, _is.topic)

entries = sa.Table(
    "entries",
    metadata,
    key(),
    sa.Column("query", sa.ForeignKey("queries.id"), nullable=False, index=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("author", Id, nullable=False),
    sa.Column("files", sa.JSON, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False, index=True),
    sa.Column("fields", sa.JSON, nullable=False),
)

desk_threads = sa.Table(
    "desk_threads",
    metadata,
    key(),
    sa.Column("query", sa.ForeignKey("queries.id"), nullable=False, index=True),
    sa.Column("desk", sa.String, nullable=False),
    sa.Column("account", sa.String, nullable=False),
    sa.Column("chat", sa.String, nullable=False),
    sa.Column("style", sa.String, nullable=False),
    #: Delivery whose result names the thread: the card (THREAD, REPLIES) or the topic (TOPIC).
    sa.Column("root", Id, nullable=False),
    sa.Column("card", Id, nullable=False),
    #: Platform id of the thread, once the root is sent.
    sa.Column("thread", sa.String, nullable=False, server_default=""),
    #: False once the query has moved to another desk.
    sa.Column("current", sa.Boolean, nullable=False),
)
_current = sa.text("current")
sa.Index(
    "desk_threads_current",
    desk_threads.c.query,
    desk_threads.c.desk,
    sqlite_where=_current,
    postgresql_where=_current,
)
sa.Index("desk_threads_place", desk_threads.c.account, desk_threads.c.chat, desk_threads.c.thread)

message_refs = sa.Table(
    "message_refs",
    metadata,
    sa.Column("account", sa.String, primary_key=True),
    sa.Column("chat", sa.String, primary_key=True),
    sa.Column("message", sa.String, primary_key=True),
    #: The query that this message is about: an answer to it belongs there.
    sa.Column("query", sa.ForeignKey("queries.id"), nullable=False, index=True),
)

keyboards = sa.Table(
    "keyboards",
    metadata,
    sa.Column("token", sa.String, primary_key=True),
    sa.Column("account", sa.String, nullable=False),
    sa.Column("chat", sa.String, nullable=False),
    #: Person who alone may press; 0: any member of staff of the desk.
    sa.Column("person", Id, nullable=False, server_default="0"),
    #: What a conversation asked ("prompt id"), or empty for a desk's buttons.
    sa.Column("prompt", sa.String, nullable=False, server_default=""),
    #: Option value (conversation) or verb (desk), in the order of the buttons.
    sa.Column("choices", sa.JSON, nullable=False),
    sa.Column("query", Id, nullable=False, server_default="0", index=True),
    #: Entry the buttons are about (a pending reply, a note), 0 without one.
    sa.Column("entry", Id, nullable=False, server_default="0"),
    sa.Column("at", Moment, nullable=False),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    key(),
    #: What it comes from: an event, a card, an announcement. With part, channel and address the key.
    sa.Column("source", sa.String, nullable=False),
    sa.Column("part", sa.SmallInteger, nullable=False),
    #: The account, which is also the lane whose pace it keeps.
    sa.Column("account", sa.String, nullable=False),
    sa.Column("chat", sa.String, nullable=False),
    sa.Column("thread", sa.String, nullable=False, server_default=""),
    sa.Column("op", sa.String, nullable=False),
    #: A delivery that must have succeeded first.
    sa.Column("after", sa.ForeignKey("deliveries.id")),
    #: A delivery whose result is the thread (or the message to answer) of this one; usually the same as `after`.
    sa.Column("root", sa.ForeignKey("deliveries.id")),
    #: A delivery whose result is the message that this edits or deletes; an edited row may name itself.
    sa.Column("target", sa.ForeignKey("deliveries.id")),
    #: 0 answers and conversation, 5 staff notices, 9 bulk.
    sa.Column("priority", sa.SmallInteger, nullable=False),
    #: Product clock.
    sa.Column("due", Moment, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False, server_default=""),
    #: Tries of what is to be sent now.
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    #: Claims ever: a result of an earlier claim is told by its older number.
    sa.Column("fence", sa.Integer, nullable=False, server_default="0"),
    #: Attempts of which nobody knows whether they arrived.
    sa.Column("doubts", sa.Integer, nullable=False, server_default="0"),
    #: What is sent again after a doubt: "answer" (sent again, marked), "notice" (sent again), "announcement" (not).
    sa.Column("kind", sa.String, nullable=False),
    #: `Message` as JSON.
    sa.Column("message", sa.JSON, nullable=False),
    sa.Column("plain", sa.Boolean, nullable=False, server_default=sa.false()),
    #: Desired state: grows with every change of a card; `sent_revision` is what the platform has.
    sa.Column("revision", sa.Integer, nullable=False, server_default="1"),
    sa.Column("sent_revision", sa.Integer, nullable=False, server_default="0"),
    #: The platform's id of the message or thread, once sent.
    sa.Column("result", sa.String, nullable=False, server_default=""),
    sa.Column("query", Id, nullable=False, server_default="0"),
    sa.Column("entry", Id, nullable=False, server_default="0"),
    sa.Column("lease_by", sa.String),
    sa.Column("lease_until", Seconds, nullable=False, server_default="0"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("settled_at", Moment),
    sa.UniqueConstraint("source", "part", "account", "chat"),
)
_queued = sa.text("state = 'queued'")
sa.Index(
    "deliveries_queued",
    deliveries.c.account,
    deliveries.c.priority,
    deliveries.c.due,
    deliveries.c.id,
    sqlite_where=_queued,
    postgresql_where=_queued,
)
_unfinished = sa.text("state IN ('queued', 'sending')")
sa.Index(
    "deliveries_unfinished",
    deliveries.c.account,
    deliveries.c.chat,
    deliveries.c.priority,
    deliveries.c.due,
    deliveries.c.id,
    sqlite_where=_unfinished,
    postgresql_where=_unfinished,
)
_sending = sa.text("state = 'sending'")
sa.Index("deliveries_sending", deliveries.c.lease_until, sqlite_where=_sending, postgresql_where=_sending)
sa.Index("deliveries_entry", deliveries.c.entry)
for _needed in (deliveries.c.after, deliveries.c.root, deliveries.c.target):
    _given = sa.text(f"{_needed.name} IS NOT NULL")
    sa.Index(f"deliveries_{_needed.name}", _needed, sqlite_where=_given, postgresql_where=_given)
_doubted = sa.text("doubts > 0")
sa.Index("deliveries_doubted", deliveries.c.doubts, sqlite_where=_doubted, postgresql_where=_doubted)

lanes = sa.Table(
    "lanes",
    metadata,
    sa.Column("account", sa.String, primary_key=True),
    #: Theoretical arrival time of the GCRA pacer, seconds of the database's clock.
    sa.Column("tat", Seconds, nullable=False, server_default="0"),
    #: The platform asked us to wait everywhere.
    sa.Column("paused_until", Seconds, nullable=False, server_default="0"),
)

timers = sa.Table(
    "timers",
    metadata,
    key(),
    sa.Column("account", sa.String, nullable=False),
    sa.Column("conversation", sa.String, nullable=False),
    sa.Column("what", sa.String, nullable=False),
    sa.Column("about", sa.String, nullable=False),
    sa.Column("due", Moment, nullable=False, index=True),
)

audit = sa.Table(
    "audit",
    metadata,
    key(),
    sa.Column("at", Moment, nullable=False, index=True),
    #: Who did it; 0 for the command line.
    sa.Column("person", Id, nullable=False, index=True),
    sa.Column("act", sa.String, nullable=False),
    #: Ids only: "query:7", "organisation:CSO-0001", "person:12".
    sa.Column("about", sa.String, nullable=False, index=True),
    #: Where it was done: "chat", "console" or "command".
    sa.Column("via", sa.String, nullable=False, server_default="chat"),
)

holds = sa.Table(
    "holds",
    metadata,
    #: What stands still: "deliveries" after a restore.
    sa.Column("what", sa.String, primary_key=True),
    sa.Column("since", Moment, nullable=False),
    sa.Column("why", sa.String, nullable=False),
)
