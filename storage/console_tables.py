"""The tables of signing in to the console."""

import sqlalchemy as sa

from storage.columns import Id, Moment, metadata

sign_ins = sa.Table(
    "sign_ins",
    metadata,
    #: SHA-256 of the token in the link; the token is shown once and not kept.
    sa.Column("digest", sa.String, primary_key=True),
    sa.Column("person", sa.ForeignKey("people.id"), nullable=False, index=True),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
)

sessions = sa.Table(
    "sessions",
    metadata,
    #: SHA-256 of the cookie's value.
    sa.Column("digest", sa.String, primary_key=True),
    #: Names the session where it is listed and revoked: worth nothing as a cookie.
    sa.Column("public_id", sa.String, nullable=False, unique=True),
    sa.Column("person", sa.ForeignKey("people.id"), nullable=False, index=True),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    #: When the second factor was shown; administrators and the confidential desk can do nothing without it.
    sa.Column("second_factor_at", Moment),
    #: Browser and system in a few words, so that somebody recognises their own devices.
    sa.Column("device", sa.String, nullable=False, server_default=""),
    sa.Column("revoked_at", Moment),
)

second_factors = sa.Table(
    "second_factors",
    metadata,
    sa.Column("person", sa.ForeignKey("people.id"), primary_key=True),
    #: TOTP secret, sealed with the process key.
    sa.Column("secret", sa.LargeBinary, nullable=False),
    sa.Column("confirmed_at", Moment),
    #: Last time step that was used: a code works once.
    sa.Column("last_step", Id, nullable=False, server_default="0"),
    #: Wrong codes in a row, and until when no further one is looked at.
    sa.Column("failures", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("locked_until", Moment),
)
