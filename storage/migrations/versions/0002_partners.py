"""Partners, sign-in, imports and the care of data."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "duplicates",
        sa.Column("one", sa.String(), nullable=False),
        sa.Column("other", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("alike", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(), server_default="open", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("one", "other"),
    )
    op.create_index("ix_duplicates_state", "duplicates", ["state"])

    op.create_table(
        "holds",
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("what"),
    )
    op.create_table(
        "imports",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("by", _ID, server_default="0", nullable=False),
        sa.Column("stored", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("cursor", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("accepted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_by", sa.String(), nullable=True),
        sa.Column("lease_until", sa.Double(), server_default="0", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_imports_content", "imports", ["content"])

    op.create_table(
        "merges",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("kept", sa.String(), nullable=False),
        sa.Column("gone", sa.String(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("by", _ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "consents",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("person", _ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("choice", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_consents_person", "consents", ["person"])

    op.create_table(
        "import_changes",
        sa.Column("import", _ID, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("import", "row"),
    )
    op.create_index("ix_import_changes_target", "import_changes", ["target"])
    op.create_table(
        "import_problems",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("import", _ID, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_import_problems_import", "import_problems", ["import"])

    op.create_table(
        "organisation_facets",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("place", sa.SmallInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("organisation", "kind", "value"),
    )
    op.create_index("organisation_facets_value", "organisation_facets", ["kind", "value"])

    op.create_table(
        "second_factors",
        sa.Column("person", _ID, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", _ID, server_default="0", nullable=False),
        sa.Column("failures", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("person", _ID, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device", sa.String(), server_default="", nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("public_id"),
    )
    op.create_index("ix_sessions_person", "sessions", ["person"])

    op.create_table(
        "sign_ins",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("person", _ID, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_sign_ins_person", "sign_ins", ["person"])

    op.create_table(
        "suspensions",
        sa.Column("person", _ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("by", _ID, server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "resting_desks",
        sa.Column("person", _ID, nullable=False),
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("person", "desk"),
    )
    _add_columns()
    _scope_staff_roles()


def _add_columns() -> None:
    op.add_column("accounts", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))

    op.add_column("addresses", sa.Column("unreachable_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("addresses", sa.Column("counted_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("addresses", sa.Column("counted", sa.Integer(), server_default="0", nullable=False))

    op.add_column("audit", sa.Column("via", sa.String(), server_default="chat", nullable=False))
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_person", "audit", ["person"])

    op.add_column("identities", sa.Column("linked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("identities_chat", "identities", ["account", "chat"])

    op.add_column("invites", sa.Column("department", sa.String(), server_default="", nullable=False))
    op.add_column("invites", sa.Column("region", sa.String(), server_default="", nullable=False))
    op.add_column("invites", sa.Column("person", _ID, server_default="0", nullable=False))
    op.add_column("invites", sa.Column("language", sa.String(), server_default="", nullable=False))
    op.add_column("invites", sa.Column("platform", sa.String(), server_default="", nullable=False))
    op.add_column("invites", sa.Column("made_by", _ID, server_default="0", nullable=False))
    op.add_column("invites", sa.Column("made_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("invites_organisation", "invites", ["organisation", "person", "made_at"])
    op.create_index("ix_invites_person", "invites", ["person"])

    op.add_column("organisations", sa.Column("status", sa.String(), server_default="verified", nullable=False))
    op.add_column("organisations", sa.Column("parent", sa.String(), server_default="", nullable=False))
    op.add_column("organisations", sa.Column("contact_role", sa.String(), server_default="", nullable=False))
    op.add_column("organisations", sa.Column("observer", sa.String(), server_default="none", nullable=False))
    op.add_column("organisations", sa.Column("observer_since", sa.Date(), nullable=True))
    op.add_column("organisations", sa.Column("observer_until", sa.Date(), nullable=True))
    op.add_column("organisations", sa.Column("consent", sa.String(), server_default="pending", nullable=False))
    op.add_column("organisations", sa.Column("quiet_hours", sa.String(), server_default="", nullable=False))
    op.add_column("organisations", sa.Column("ecosoc", sa.String(), server_default="", nullable=False))
    op.add_column("organisations", sa.Column("unpp", sa.String(), server_default="", nullable=False))
    op.add_column("organisations", sa.Column("iati", sa.String(), server_default="", nullable=False))
    op.add_column("organisations", sa.Column("since", sa.String(), server_default="", nullable=False))
    op.add_column("organisations", sa.Column("speaker", _ID, server_default="0", nullable=False))
    op.add_column("organisations", sa.Column("merged_into", sa.String(), server_default="", nullable=False))
    op.add_column("organisations", sa.Column("source", sa.String(), server_default="world", nullable=False))
    op.add_column("organisations", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("organisations", sa.Column("search", sa.String(), server_default="", nullable=False))
    op.add_column("organisations", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.create_index("ix_organisations_parent", "organisations", ["parent"])
    op.create_index("ix_organisations_type", "organisations", ["type"])
    op.create_index("organisations_name", "organisations", ["name", "id"])

    op.add_column("people", sa.Column("name", sa.String(), server_default="", nullable=False))
    op.add_column("people", sa.Column("position", sa.String(), server_default="", nullable=False))
    op.add_column("people", sa.Column("email", sa.String(), server_default="", nullable=False))
    op.add_column("people", sa.Column("source", sa.String(), server_default="chat", nullable=False))
    op.add_column("people", sa.Column("known_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("people", sa.Column("connection_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_people_organisation", "people", ["organisation"])

    op.create_index("queries_organisation", "queries", ["organisation"])
    op.add_column("queries", sa.Column("entered_by", _ID, server_default="0", nullable=False))


def _scope_staff_roles() -> None:
    """Department and region join the key, which SQLite can only do with a new table."""
    op.create_table(
        "scoped_roles",
        sa.Column("person", _ID, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("department", sa.String(), server_default="", nullable=False),
        sa.Column("region", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"]),
        sa.PrimaryKeyConstraint("person", "role", "desk", "department", "region"),
    )
    op.execute("INSERT INTO scoped_roles (person, role, desk) SELECT person, role, desk FROM staff_roles")
    op.drop_table("staff_roles")
    op.rename_table("scoped_roles", "staff_roles")
