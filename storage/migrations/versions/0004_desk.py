"""The desk: outcomes, owners, watchers, links, ready answers, working times, digests."""

import sqlalchemy as sa
from alembic import op

from storage import query_words

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_KEYBOARDS = sa.table(
    "keyboards",
    sa.column("token", sa.String),
    sa.column("prompt", sa.String),
    sa.column("person", sa.Integer),
    sa.column("entry", sa.Integer),
    sa.column("choices", sa.JSON),
)
#: The verbs in the order in which buttons name them, as of this version.
_VERBS = [
    "claim",
    "release",
    "reply",
    "correct",
    "note",
    "reassign",
    "escalate",
    "close",
    "confirm",
    "not_theirs",
    "send_note",
    "undo",
    "send_now",
    "ask_handover",
    "mailed",
    "more",
    "sensitive",
    "not_sensitive",
    "read",
    "similar",
    "undo_all",
    "send_all",
    "keep_ready",
    "canned",
    "watch",
    "unwatch",
    "add_watcher",
    "refer",
    "link",
    "unlink",
    "reopen",
    "ask_back",
    "update",
    "put_off",
    "snooze",
    "priority",
    "merge",
    "concern",
]


def upgrade() -> None:
    _queries()
    _together()
    _canned_answers()
    _hours()
    _similar()
    _lists()
    _matters()
    _words()
    _cards()


def _cards() -> None:
    """Cards at desks were posted with the verbs of their time; as they are drawn anew they offer these too."""
    of_desks = sa.and_(_KEYBOARDS.c.prompt == "", _KEYBOARDS.c.person == 0, _KEYBOARDS.c.entry == 0)
    connection = op.get_bind()
    for row in connection.execute(sa.select(_KEYBOARDS).where(of_desks)).all():
        if row.choices[:1] == ["claim"] and len(row.choices) < len(_VERBS):
            this = _KEYBOARDS.c.token == row.token
            connection.execute(sa.update(_KEYBOARDS).where(this).values(choices=_VERBS))


def _matters() -> None:
    for column in (
        sa.Column("holder", _ID, server_default="0", nullable=False),
        sa.Column("promised_at", _MOMENT),
        sa.Column("marks_reached", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("mark_at", _MOMENT),
        sa.Column("answered_at", _MOMENT),
        sa.Column("closed_at", _MOMENT),
        sa.Column("outcome", sa.String()),
        sa.Column("keep_until", _MOMENT),
    ):
        op.add_column("sealed", column)
    op.create_table(
        "matter_lines",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("matter", _ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("words", sa.LargeBinary()),
        sa.Column("by", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["matter"], ["sealed.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_matter_lines_matter", "matter_lines", ["matter"])


def _queries() -> None:
    for column in (
        sa.Column("promised_from", _MOMENT),
        sa.Column("next_word", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("answer_by", _MOMENT),
        sa.Column("wake_at", _MOMENT),
        sa.Column("first_answered_at", _MOMENT),
        sa.Column("broken_at", _MOMENT),
        sa.Column("snoozed_until", _MOMENT),
        sa.Column("outcome", sa.String()),
        sa.Column("concern", sa.String()),
        sa.Column("owner", _ID, server_default="0", nullable=False),
        sa.Column("sensitive", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("no_quotes", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("merged_into", _ID, server_default="0", nullable=False),
        sa.Column("complaint_about", sa.String(), server_default="", nullable=False),
    ):
        op.add_column("queries", column)
    op.execute(sa.text("UPDATE queries SET first_answered_at = answered_at, answer_by = due_at"))
    op.execute(sa.text("UPDATE queries SET promised_from = asked_at, wake_at = resolve_by WHERE status <> 'closed'"))
    counted = ("asked_at", "first_answered_at", "broken_at", "due_at", "status", "desk", "country", "topic")
    op.create_index("queries_insight", "queries", list(counted))
    op.drop_index("queries_organisation", "queries")
    op.create_index("queries_organisation", "queries", ["organisation", "asked_at", "desk"])
    op.create_index("queries_answered", "queries", ["answered_at", "desk", "holder"])


def _together() -> None:
    op.create_table(
        "watchers",
        sa.Column("query", _ID, nullable=False),
        sa.Column("person", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["query"], ["queries.id"]),
        sa.ForeignKeyConstraint(["person"], ["people.id"]),
        sa.PrimaryKeyConstraint("query", "person"),
    )
    op.create_index("ix_watchers_person", "watchers", ["person"])
    op.create_table(
        "query_links",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("query", _ID, nullable=False),
        sa.Column("other", _ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("by", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["query"], ["queries.id"]),
        sa.ForeignKeyConstraint(["other"], ["queries.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("query", "other"),
    )
    op.create_index("ix_query_links_other", "query_links", ["other"])


def _canned_answers() -> None:
    op.create_table(
        "canned_answers",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), server_default="", nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("query", _ID, server_default="0", nullable=False),
        sa.Column("by", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_canned_answers_desk", "canned_answers", ["desk"])


def _hours() -> None:
    op.create_table(
        "working_times",
        sa.Column("person", _ID, nullable=False),
        sa.Column("timezone", sa.String(), server_default="", nullable=False),
        sa.Column("working_days", sa.String(), server_default="", nullable=False),
        sa.Column("opens", sa.String(), server_default="", nullable=False),
        sa.Column("closes", sa.String(), server_default="", nullable=False),
        sa.Column("morning", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("evening", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"]),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "digests",
        sa.Column("person", _ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"]),
        sa.PrimaryKeyConstraint("person", "kind", "day"),
    )


def _similar() -> None:
    op.create_table(
        "query_vectors",
        sa.Column("query", _ID, nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("compared", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["query"], ["queries.id"]),
        sa.PrimaryKeyConstraint("query"),
    )
    op.create_table(
        "similar_queries",
        sa.Column("query", _ID, nullable=False),
        sa.Column("other", _ID, nullable=False),
        sa.Column("likeness", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["query"], ["queries.id"]),
        sa.ForeignKeyConstraint(["other"], ["queries.id"]),
        sa.PrimaryKeyConstraint("query", "other"),
    )
    op.create_index("ix_similar_queries_other", "similar_queries", ["other"])


def _lists() -> None:
    """What the lists of the console are found by, at 100,000 queries."""
    for name, columns, where in (
        (
            "queries_work",
            ["due_at", "desk", "status", "holder", "snoozed_until"],
            "status IN ('new', 'claimed', 'waiting')",
        ),
        ("queries_listed", ["status", "desk", "topic", "language", "country"], ""),
        ("queries_holder", ["holder"], "holder <> 0"),
        ("queries_wakes", ["wake_at"], "wake_at IS NOT NULL"),
        ("queries_broken", ["broken_at"], "broken_at IS NOT NULL"),
    ):
        part = sa.text(where) if where else None
        op.create_index(name, "queries", columns, sqlite_where=part, postgresql_where=part)
    op.create_index(
        "desk_threads_current",
        "desk_threads",
        ["query", "desk"],
        sqlite_where=sa.text("current"),
        postgresql_where=sa.text("current"),
    )


def _words() -> None:
    """The index of the search; filled from what is there."""
    tx = op.get_bind()
    for statement in query_words.SQLITE if tx.dialect.name == "sqlite" else query_words.POSTGRESQL:
        tx.execute(sa.text(statement))
    query_words.rebuild(tx)
