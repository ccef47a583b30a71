"""What a desk keeps beside its queries: who watches, what belongs together, ready answers, hours, digests."""

import sqlalchemy as sa

from storage.columns import Id, Moment, key, metadata

watchers = sa.Table(
    "watchers",
    metadata,
    sa.Column("query", sa.ForeignKey("queries.id"), primary_key=True),
    sa.Column("person", sa.ForeignKey("people.id"), primary_key=True, index=True),
    sa.Column("at", Moment, nullable=False),
)

query_links = sa.Table(
    "query_links",
    metadata,
    key(),
    sa.Column("query", sa.ForeignKey("queries.id"), nullable=False),
    sa.Column("other", sa.ForeignKey("queries.id"), nullable=False, index=True),
    #: "linked": both go on; "merged": the first goes on in the other.
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("by", Id, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.UniqueConstraint("query", "other"),
)

canned_answers = sa.Table(
    "canned_answers",
    metadata,
    key(),
    sa.Column("desk", sa.String, nullable=False, index=True),
    #: Topic id; empty: for any.
    sa.Column("topic", sa.String, nullable=False, server_default=""),
    #: What staff choose it by.
    sa.Column("name", sa.String, nullable=False),
    #: Language code -> CommonMark with closed placeholders.
    sa.Column("texts", sa.JSON, nullable=False),
    #: "draft", "ready" or "retired".
    sa.Column("state", sa.String, nullable=False),
    #: The query whose answer it was made from; 0 for one written for itself.
    sa.Column("query", Id, nullable=False, server_default="0"),
    sa.Column("by", Id, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
)

working_times = sa.Table(
    "working_times",
    metadata,
    sa.Column("person", sa.ForeignKey("people.id"), primary_key=True),
    #: Empty: the zone, days and hours of the desk's main post.
    sa.Column("timezone", sa.String, nullable=False, server_default=""),
    #: ISO weekdays in order, Monday is 1: "12345", "71234".
    sa.Column("working_days", sa.String, nullable=False, server_default=""),
    #: "08:30"; `closes` may be "24:00".
    sa.Column("opens", sa.String, nullable=False, server_default=""),
    sa.Column("closes", sa.String, nullable=False, server_default=""),
    #: Whether the digests of the morning and of the evening are wanted.
    sa.Column("morning", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("evening", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
)

digests = sa.Table(
    "digests",
    metadata,
    sa.Column("person", sa.ForeignKey("people.id"), primary_key=True),
    #: "morning" or "evening".
    sa.Column("kind", sa.String, primary_key=True),
    #: The person's own date, "2026-03-04".
    sa.Column("day", sa.String, primary_key=True),
    sa.Column("at", Moment, nullable=False),
)

#: Directions of open questions that somebody may be shown beside others; never of sensitive or confidential ones.
query_vectors = sa.Table(
    "query_vectors",
    metadata,
    sa.Column("query", sa.ForeignKey("queries.id"), primary_key=True),
    #: Name and version of the encoder; vectors of another one say nothing.
    sa.Column("model", sa.String, nullable=False),
    #: One signed byte for each number.
    sa.Column("vector", sa.LargeBinary, nullable=False),
    #: Whether its pairs are in the next table; false once it is answered.
    sa.Column("compared", sa.Boolean, nullable=False, server_default=sa.false()),
)

similar_queries = sa.Table(
    "similar_queries",
    metadata,
    #: The lower number of the two.
    sa.Column("query", sa.ForeignKey("queries.id"), primary_key=True),
    sa.Column("other", sa.ForeignKey("queries.id"), primary_key=True, index=True),
    #: Cosine of the two vectors.
    sa.Column("likeness", sa.Double, nullable=False),
)
