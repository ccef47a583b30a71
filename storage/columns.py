"""Column types: one kind of time and one kind of number for both databases. And the one list of all tables."""

from datetime import UTC, datetime

import sqlalchemy as sa

#: Every table of the product, whichever module declares it.
metadata = sa.MetaData()


class Moment(sa.TypeDecorator[datetime]):
    """A UTC datetime. Naive values are refused: SQLite would drop the offset without a word."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Seconds = sa.Double


def key(name: str = "id") -> sa.Column[int]:
    """A number that the database gives out."""
    return sa.Column(name, Id, sa.Identity(), primary_key=True)
