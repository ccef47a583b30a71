"""`bot.core.discretion` for statements: which rows of `queries` may be shown, and which may be quoted."""

import sqlalchemy as sa

from storage.tables import queries


def shows_words() -> sa.ColumnElement[bool]:
    """As `bot.core.discretion.shows_words`."""
    return ~queries.c.sensitive


def may_quote() -> sa.ColumnElement[bool]:
    """As `bot.core.discretion.may_quote`."""
    return sa.and_(~queries.c.no_quotes, ~queries.c.sensitive, ~queries.c.private)
