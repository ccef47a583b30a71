"""The clock of a promise, and who is away."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
#: More marks than any policy has: only the end of the promise is left.
_ALL_REACHED = 99


def upgrade() -> None:
    for column in (
        sa.Column("clock_total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("clock_used", sa.Integer(), server_default="0", nullable=False),
        sa.Column("clock_since", sa.DateTime(timezone=True)),
        sa.Column("marks_reached", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("mark_at", sa.DateTime(timezone=True)),
        sa.Column("waiting_since", sa.DateTime(timezone=True)),
        sa.Column("resolve_by", sa.DateTime(timezone=True)),
    ):
        op.add_column("queries", column)
    _keep_promises()
    op.drop_index("queries_due", "queries")
    op.drop_column("queries", "reminded_at")
    marked = sa.text("mark_at IS NOT NULL")
    op.create_index("queries_marks", "queries", ["mark_at"], sqlite_where=marked, postgresql_where=marked)
    op.create_table(
        "absences",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("person", _ID, nullable=False),
        sa.Column("begins", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deputy", _ID, server_default="0", nullable=False),
        sa.Column("handed_over", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_absences_person", "absences", ["person"])
    op.create_index("ix_absences_ends", "absences", ["ends"])


def _keep_promises() -> None:
    """What was promised before stays promised: the desk above takes over at that time and not before."""
    waiting = "status IN ('new', 'claimed') AND due_at IS NOT NULL AND reminded_at IS NULL"
    values = f"clock_since = asked_at, mark_at = due_at, marks_reached = {_ALL_REACHED}"
    op.execute(sa.text(f"UPDATE queries SET {values} WHERE {waiting}"))  # noqa: S608 - nothing of it comes from outside
