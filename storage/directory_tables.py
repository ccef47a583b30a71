"""The tables of who there is: organisations, people, their addresses, roles, consents and invitations."""

import sqlalchemy as sa

from storage.columns import Id, Moment, key, metadata

organisations = sa.Table(
    "organisations",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("acronym", sa.String, nullable=False),
    #: Code of `cso_types` in the world's taxonomies.
    sa.Column("type", sa.String, nullable=False, index=True),
    sa.Column("level", sa.String, nullable=False),
    #: Where it is based. Where else it works stands in `organisation_facets`.
    sa.Column("country", sa.String, nullable=False, index=True),
    sa.Column("language", sa.String, nullable=False),
    sa.Column("timezone", sa.String, nullable=False),
    sa.Column("email", sa.String, nullable=False),
    sa.Column("listed", sa.Boolean, nullable=False),
    sa.Column("status", sa.String, nullable=False, server_default="verified"),
    #: The organisation this is an office of; empty for the headquarters.
    sa.Column("parent", sa.String, nullable=False, server_default="", index=True),
    sa.Column("contact_role", sa.String, nullable=False, server_default=""),
    sa.Column("observer", sa.String, nullable=False, server_default="none"),
    sa.Column("observer_since", sa.Date),
    sa.Column("observer_until", sa.Date),
    #: Whether the organisation agreed to be kept and shown: "pending", "given", "withdrawn".
    sa.Column("consent", sa.String, nullable=False, server_default="pending"),
    sa.Column("quiet_hours", sa.String, nullable=False, server_default=""),
    #: Status at the UN Economic and Social Council, UN Partner Portal id, IATI organisation id.
    sa.Column("ecosoc", sa.String, nullable=False, server_default=""),
    sa.Column("unpp", sa.String, nullable=False, server_default=""),
    sa.Column("iati", sa.String, nullable=False, server_default=""),
    #: Year the partnership began.
    sa.Column("since", sa.String, nullable=False, server_default=""),
    #: The person whose registration counts for the organisation; 0: nobody was named.
    sa.Column("speaker", Id, nullable=False, server_default="0"),
    #: The organisation that this duplicate was merged into.
    sa.Column("merged_into", sa.String, nullable=False, server_default=""),
    #: Where the record comes from: "world", "chat", "console" or "import:7".
    sa.Column("source", sa.String, nullable=False, server_default="world"),
    sa.Column("changed_at", Moment),
    #: Name, acronym, id and e-mail domain in lower case without accents: what search looks at.
    sa.Column("search", sa.String, nullable=False, server_default=""),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
)
sa.Index("organisations_name", organisations.c.name, organisations.c.id)

organisation_facets = sa.Table(
    "organisation_facets",
    metadata,
    sa.Column("organisation", sa.ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True),
    #: "country", "language", "topic" or "cluster".
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("value", sa.String, primary_key=True),
    #: Order in which the organisation named them.
    sa.Column("place", sa.SmallInteger, nullable=False, server_default="0"),
)
sa.Index("organisation_facets_value", organisation_facets.c.kind, organisation_facets.c.value)

duplicates = sa.Table(
    "duplicates",
    metadata,
    #: Two organisations that may be one; `one` is the smaller id.
    sa.Column("one", sa.String, primary_key=True),
    sa.Column("other", sa.String, primary_key=True),
    #: "name", "acronym" or "domain".
    sa.Column("why", sa.String, nullable=False),
    #: 0 to 100.
    sa.Column("alike", sa.SmallInteger, nullable=False),
    #: "open", "merged" or "different".
    sa.Column("state", sa.String, nullable=False, server_default="open", index=True),
    sa.Column("at", Moment, nullable=False),
)

merges = sa.Table(
    "merges",
    metadata,
    key(),
    sa.Column("kept", sa.String, nullable=False),
    sa.Column("gone", sa.String, nullable=False),
    #: What moved, so that it can move back: ids by table.
    sa.Column("moved", sa.JSON, nullable=False),
    sa.Column("by", Id, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("undone_at", Moment),
)

people = sa.Table(
    "people",
    metadata,
    key(),
    sa.Column("language", sa.String, nullable=False),
    sa.Column("country", sa.String, nullable=False),
    sa.Column("organisation", sa.String, nullable=False, index=True),
    sa.Column("claimed_name", sa.String, nullable=False),
    sa.Column("connection", sa.String, nullable=False),
    sa.Column("invitations", sa.String, nullable=False),
    sa.Column("told_version", sa.String, nullable=False),
    sa.Column("told_at", Moment),
    sa.Column("stopped", sa.Boolean, nullable=False),
    #: How colleagues know them; only what the person, a colleague or staff gave for this purpose.
    sa.Column("name", sa.String, nullable=False, server_default=""),
    #: What they do in their organisation.
    sa.Column("position", sa.String, nullable=False, server_default=""),
    #: For an invitation to somebody who is not connected yet.
    sa.Column("email", sa.String, nullable=False, server_default=""),
    #: Where the record comes from: "chat", "console" or "import:7".
    sa.Column("source", sa.String, nullable=False, server_default="chat"),
    sa.Column("known_since", Moment),
    #: When the connection became what it is: claimed, confirmed, refused, left.
    sa.Column("connection_at", Moment),
    sa.Column("version", sa.Integer, nullable=False),
)

identities = sa.Table(
    "identities",
    metadata,
    sa.Column("account", sa.String, primary_key=True),
    sa.Column("user", sa.String, primary_key=True),
    sa.Column("person", sa.ForeignKey("people.id"), nullable=False, index=True),
    #: The private chat in which this person can be written to; empty until they wrote there.
    sa.Column("chat", sa.String, nullable=False, server_default=""),
    sa.Column("linked_at", Moment),
)
sa.Index("identities_chat", identities.c.account, identities.c.chat)

consents = sa.Table(
    "consents",
    metadata,
    key(),
    sa.Column("person", sa.ForeignKey("people.id"), nullable=False, index=True),
    #: "answers" or "invitations": each is given and withdrawn alone.
    sa.Column("kind", sa.String, nullable=False),
    #: Version of the consent text that the person was shown.
    sa.Column("version", sa.String, nullable=False),
    #: "told", "all", "essential", "none" or "withdrawn".
    sa.Column("choice", sa.String, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

staff_roles = sa.Table(
    "staff_roles",
    metadata,
    sa.Column("person", sa.ForeignKey("people.id"), primary_key=True),
    sa.Column("role", sa.String, primary_key=True),
    #: What the role covers: one desk, one department or one region; all three empty: everything.
    sa.Column("desk", sa.String, primary_key=True),
    sa.Column("department", sa.String, primary_key=True, server_default=""),
    sa.Column("region", sa.String, primary_key=True, server_default=""),
)

suspensions = sa.Table(
    "suspensions",
    metadata,
    #: Staff whose roles rest: nothing is allowed until it is lifted.
    sa.Column("person", sa.ForeignKey("people.id"), primary_key=True),
    sa.Column("at", Moment, nullable=False),
    #: `Why` value of bot.core.suspension.
    sa.Column("why", sa.String, nullable=False),
    sa.Column("by", Id, nullable=False, server_default="0"),
)

resting_desks = sa.Table(
    "resting_desks",
    metadata,
    #: Staff who left the chat of one desk: their roles go on at the others.
    sa.Column("person", sa.ForeignKey("people.id"), primary_key=True),
    sa.Column("desk", sa.String, primary_key=True),
    sa.Column("at", Moment, nullable=False),
)

absences = sa.Table(
    "absences",
    metadata,
    key(),
    sa.Column("person", sa.ForeignKey("people.id"), nullable=False, index=True),
    sa.Column("begins", Moment, nullable=False),
    sa.Column("ends", Moment, nullable=False, index=True),
    #: Who stands in; 0: the desk decides.
    sa.Column("deputy", Id, nullable=False, server_default="0"),
    #: Whether what the person held when it began has been handed over.
    sa.Column("handed_over", sa.Boolean, nullable=False, server_default=sa.false()),
)

invites = sa.Table(
    "invites",
    metadata,
    #: SHA-256 of the code; the code itself is shown once and not kept.
    sa.Column("digest", sa.String, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("role", sa.String, nullable=False, server_default=""),
    sa.Column("desk", sa.String, nullable=False, server_default=""),
    sa.Column("department", sa.String, nullable=False, server_default=""),
    sa.Column("region", sa.String, nullable=False, server_default=""),
    sa.Column("organisation", sa.String, nullable=False, server_default=""),
    #: The contact it is for, or whose second address it links; 0: whoever comes.
    sa.Column("person", Id, nullable=False, server_default="0", index=True),
    #: Interface language the person begins with; empty: their own.
    sa.Column("language", sa.String, nullable=False, server_default=""),
    #: "telegram" or "slack" where it works on one platform only.
    sa.Column("platform", sa.String, nullable=False, server_default=""),
    sa.Column("made_by", Id, nullable=False, server_default="0"),
    sa.Column("made_at", Moment),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
    sa.Column("used_by", sa.ForeignKey("people.id")),
)
#: In the order in which the reminder list groups them.
sa.Index("invites_organisation", invites.c.organisation, invites.c.person, invites.c.made_at)
