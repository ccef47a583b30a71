"""The first shape."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("team", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "addresses",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("next_at", sa.Double(), server_default="0", nullable=False),
        sa.Column("paused_until", sa.Double(), server_default="0", nullable=False),
        sa.Column("unreachable", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "audit",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", _ID, nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_audit_about"), "audit", ["about"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("pending", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ready_at", sa.Double(), server_default="0", nullable=False),
        sa.Column("lease_by", sa.String(), nullable=True),
        sa.Column("lease_until", sa.Double(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(
        "conversations_ready",
        "conversations",
        ["ready_at"],
        unique=False,
        sqlite_where=sa.text("pending > 0"),
        postgresql_where=sa.text("pending > 0"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), server_default="", nullable=False),
        sa.Column("op", sa.String(), nullable=False),
        sa.Column("after", _ID, nullable=True),
        sa.Column("root", _ID, nullable=True),
        sa.Column("target", _ID, nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("doubts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("plain", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("sent_revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("result", sa.String(), server_default="", nullable=False),
        sa.Column("query", _ID, server_default="0", nullable=False),
        sa.Column("entry", _ID, server_default="0", nullable=False),
        sa.Column("lease_by", sa.String(), nullable=True),
        sa.Column("lease_until", sa.Double(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["after"],
            ["deliveries.id"],
        ),
        sa.ForeignKeyConstraint(
            ["root"],
            ["deliveries.id"],
        ),
        sa.ForeignKeyConstraint(
            ["target"],
            ["deliveries.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "part", "account", "chat"),
    )
    op.create_index(
        "deliveries_after",
        "deliveries",
        ["after"],
        unique=False,
        sqlite_where=sa.text("after IS NOT NULL"),
        postgresql_where=sa.text("after IS NOT NULL"),
    )
    op.create_index(
        "deliveries_doubted",
        "deliveries",
        ["doubts"],
        unique=False,
        sqlite_where=sa.text("doubts > 0"),
        postgresql_where=sa.text("doubts > 0"),
    )
    op.create_index("deliveries_entry", "deliveries", ["entry"], unique=False)
    op.create_index(
        "deliveries_queued",
        "deliveries",
        ["account", "priority", "due", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "deliveries_root",
        "deliveries",
        ["root"],
        unique=False,
        sqlite_where=sa.text("root IS NOT NULL"),
        postgresql_where=sa.text("root IS NOT NULL"),
    )
    op.create_index(
        "deliveries_sending",
        "deliveries",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index(
        "deliveries_target",
        "deliveries",
        ["target"],
        unique=False,
        sqlite_where=sa.text("target IS NOT NULL"),
        postgresql_where=sa.text("target IS NOT NULL"),
    )
    op.create_index(
        "deliveries_unfinished",
        "deliveries",
        ["account", "chat", "priority", "due", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'sending')"),
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.create_table(
        "inbox",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("kind", sa.String(), server_default="platform", nullable=False),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account", "event_id"),
    )
    op.create_index(
        "inbox_waiting",
        "inbox",
        ["conversation", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "keyboards",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("person", _ID, server_default="0", nullable=False),
        sa.Column("prompt", sa.String(), server_default="", nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("query", _ID, server_default="0", nullable=False),
        sa.Column("entry", _ID, server_default="0", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index(op.f("ix_keyboards_query"), "keyboards", ["query"], unique=False)
    op.create_table(
        "lanes",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("tat", sa.Double(), server_default="0", nullable=False),
        sa.Column("paused_until", sa.Double(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("acronym", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_organisations_country"), "organisations", ["country"], unique=False)
    op.create_table(
        "people",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("claimed_name", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("invitations", sa.String(), nullable=False),
        sa.Column("told_version", sa.String(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "product_clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("offset_seconds", sa.Double(), server_default="0", nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "sealed",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=True),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("conversation", sa.String(), server_default="", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("opened_by"),
    )
    op.create_table(
        "timers",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_timers_due"), "timers", ["due"], unique=False)
    op.create_table(
        "bound_desks",
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("style", sa.String(), nullable=False),
        sa.Column("bound_by", _ID, nullable=True),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bound_by"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("desk"),
        sa.UniqueConstraint("account", "chat"),
    )
    op.create_table(
        "identities",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("person", _ID, nullable=False),
        sa.Column("chat", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("account", "user"),
    )
    op.create_index(op.f("ix_identities_person"), "identities", ["person"], unique=False)
    op.create_table(
        "invites",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("role", sa.String(), server_default="", nullable=False),
        sa.Column("desk", sa.String(), server_default="", nullable=False),
        sa.Column("organisation", sa.String(), server_default="", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", _ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["used_by"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "queries",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("person", _ID, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("because_fields", sa.JSON(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("holder", _ID, nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("rating_shared", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("opened_by"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_queries_person"), "queries", ["person"], unique=False)
    op.create_index("queries_desk", "queries", ["desk", "status"], unique=False)
    op.create_index(
        "queries_due",
        "queries",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("reminded_at IS NULL AND status IN ('new', 'claimed')"),
        postgresql_where=sa.text("reminded_at IS NULL AND status IN ('new', 'claimed')"),
    )
    op.create_table(
        "staff_roles",
        sa.Column("person", _ID, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("desk", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("person", "role", "desk"),
    )
    op.create_table(
        "desk_threads",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("query", _ID, nullable=False),
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("style", sa.String(), nullable=False),
        sa.Column("root", _ID, nullable=False),
        sa.Column("card", _ID, nullable=False),
        sa.Column("thread", sa.String(), server_default="", nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["query"],
            ["queries.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("desk_threads_place", "desk_threads", ["account", "chat", "thread"], unique=False)
    op.create_index(op.f("ix_desk_threads_query"), "desk_threads", ["query"], unique=False)
    op.create_table(
        "entries",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("query", _ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", _ID, nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["query"],
            ["queries.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_entries_query"), "entries", ["query"], unique=False)
    op.create_index(op.f("ix_entries_source"), "entries", ["source"], unique=False)
    op.create_table(
        "message_refs",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("query", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["query"],
            ["queries.id"],
        ),
        sa.PrimaryKeyConstraint("account", "chat", "message"),
    )
    op.create_index(op.f("ix_message_refs_query"), "message_refs", ["query"], unique=False)


def downgrade() -> None:
    op.drop_table("message_refs")
    op.drop_table("entries")
    op.drop_table("desk_threads")
    op.drop_table("staff_roles")
    op.drop_table("queries")
    op.drop_table("invites")
    op.drop_table("identities")
    op.drop_table("bound_desks")
    op.drop_table("timers")
    op.drop_table("sealed")
    op.drop_table("product_clock")
    op.drop_table("people")
    op.drop_table("organisations")
    op.drop_table("lanes")
    op.drop_table("keyboards")
    op.drop_table("inbox")
    op.drop_table("deliveries")
    op.drop_table("conversations")
    op.drop_table("audit")
    op.drop_table("addresses")
    op.drop_table("accounts")
