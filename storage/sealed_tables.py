"""Tables of what only the confidential desk can open: matters, and what the desk writes about them."""

import sqlalchemy as sa

from storage.columns import Id, Moment, key, metadata

sealed = sa.Table(
    "sealed",
    metadata,
    key(),
    #: The event that brought the text.
    sa.Column("opened_by", sa.String, nullable=False, unique=True),
    #: 0 until it is passed to the confidential desk; then the number of C-0001.
    sa.Column("number", sa.Integer, nullable=False, server_default="0"),
    sa.Column("state", sa.String, nullable=False),
    #: The text, sealed with the confidential desk's public key; NULL once erased.
    sa.Column("box", sa.LargeBinary),
    #: Sealed as well: whose it is and how to reach them.
    sa.Column("contact", sa.LargeBinary),
    #: The conversation that is asked, until an answer has come; empty afterwards.
    sa.Column("conversation", sa.String, nullable=False, server_default=""),
    sa.Column("due_at", Moment),
    sa.Column("at", Moment, nullable=False),
    #: Who of the confidential desk has it; 0: nobody.
    sa.Column("holder", Id, nullable=False, server_default="0"),
    #: Since when the promise counts, how many of its marks have been, and when the desk is reminded next.
    sa.Column("promised_at", Moment),
    sa.Column("marks_reached", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("mark_at", Moment),
    sa.Column("answered_at", Moment),
    sa.Column("closed_at", Moment),
    sa.Column("outcome", sa.String),
    #: Until when the desk keeps it; NULL while it has not decided.
    sa.Column("keep_until", Moment),
)

matter_lines = sa.Table(
    "matter_lines",
    metadata,
    key(),
    sa.Column("matter", sa.ForeignKey("sealed.id"), nullable=False, index=True),
    #: "note" or "answer".
    sa.Column("kind", sa.String, nullable=False),
    #: The words, sealed with the confidential desk's public key.
    sa.Column("box", sa.LargeBinary, nullable=False),
    #: An answer until the sender has read it: sealed with the process key, because the bot says it; NULL afterwards.
    sa.Column("words", sa.LargeBinary),
    sa.Column("by", Id, nullable=False),
    sa.Column("at", Moment, nullable=False),
)
