"""The tables of what comes in and goes out as files: imports that can be resumed and undone."""

import sqlalchemy as sa

from storage.columns import Id, Moment, Seconds, key, metadata

imports = sa.Table(
    "imports",
    metadata,
    key(),
    #: "organisations" or "people".
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("file_name", sa.String, nullable=False),
    #: SHA-256 of the file: the same file goes on where it stopped.
    sa.Column("content", sa.String, nullable=False, index=True),
    #: `Layout` as JSON: how the file's columns become ours.
    sa.Column("mapping", sa.JSON, nullable=False),
    sa.Column("by", Id, nullable=False, server_default="0"),
    #: Whether the file lies in the file store: then the clock goes on with it.
    sa.Column("stored", sa.Boolean, nullable=False, server_default=sa.false()),
    #: "running", "done", "undoing", "undone".
    sa.Column("state", sa.String, nullable=False),
    #: Row of the file up to which it is done: where it goes on after a kill.
    sa.Column("cursor", sa.Integer, nullable=False, server_default="0"),
    sa.Column("total", sa.Integer, nullable=False, server_default="0"),
    sa.Column("accepted", sa.Integer, nullable=False, server_default="0"),
    sa.Column("refused", sa.Integer, nullable=False, server_default="0"),
    sa.Column("lease_by", sa.String),
    sa.Column("lease_until", Seconds, nullable=False, server_default="0"),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("finished_at", Moment),
    sa.Column("undone_at", Moment),
)

import_changes = sa.Table(
    "import_changes",
    metadata,
    sa.Column("import", sa.ForeignKey("imports.id"), primary_key=True),
    #: Row of the file, the heading is 1.
    sa.Column("row", sa.Integer, primary_key=True),
    #: Id of the organisation or number of the person that was added or changed.
    sa.Column("target", sa.String, nullable=False, index=True),
    #: What it was before, so that it can be undone; NULL when it was added.
    sa.Column("before", sa.JSON),
    #: Version it had afterwards: what somebody changed since is not undone.
    sa.Column("version", sa.Integer, nullable=False),
)

import_problems = sa.Table(
    "import_problems",
    metadata,
    key(),
    sa.Column("import", sa.ForeignKey("imports.id"), nullable=False, index=True),
    sa.Column("row", sa.Integer, nullable=False),
    #: Column of the file; empty when the row as a whole is refused.
    sa.Column("column", sa.String, nullable=False),
    #: Name of the template that says it; never the value, which may be about a person.
    sa.Column("problem", sa.String, nullable=False),
)
