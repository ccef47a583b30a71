"""What a list shows, kept in its address: filters, sort, page. Everything else is refused quietly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

#: Rows of one page, unless the page says otherwise.
ROWS = 50
#: No list goes further than this page: deeper ones are found by filters.
LAST_PAGE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One list as somebody wants to see it."""

    #: Filter name -> value; empty ones are left out.
    filters: Mapping[str, str] = field(default_factory=dict)
    #: Column, with "-" before it from the end; empty where the list has one order only.
    sort: str = ""
    default_sort: str = ""
    #: Counted from 1.
    page: int = 1
    rows: int = ROWS

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.rows

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def column(self) -> str:
        return self.sort.removeprefix("-")

    def value(self, name: str) -> str:
        return self.filters.get(name, "")

    def pages(self, count: int) -> int:
        return max(1, min(LAST_PAGE, -(-count // self.rows)))

    def but(self, **changes: str | int | None) -> str:
        """The query string ("?…") of the same list with these changes; None takes a filter away. Back to page 1."""
        return replace(self, page=1)._changed(changes).address

    def on_page(self, page: int) -> str:
        return replace(self, page=page).address

    def sorted_by(self, column: str) -> str:
        """By this column; where it is so already, the other way round."""
        return self.but(sort=f"-{column}" if self.sort == column else column)

    @property
    def address(self) -> str:
        parts = {name: value for name, value in self.filters.items() if value}
        if self.sort != self.default_sort:
            parts["sort"] = self.sort
        if self.page > 1:
            parts["page"] = str(self.page)
        return f"?{urlencode(parts)}" if parts else "?"

    def _changed(self, changes: Mapping[str, str | int | None]) -> "Listing":
        rest = {name: str(value or "") for name, value in changes.items() if name not in ("sort", "page")}
        sort = str(changes.get("sort", self.sort) or self.default_sort)
        kept = {**self.filters, **rest}
        return replace(self, filters={name: value for name, value in kept.items() if value}, sort=sort)


def read_listing(
    given: Mapping[str, str], filters: Sequence[str], sorts: Sequence[str] = (), rows: int = ROWS
) -> Listing:
    """The list that an address asks for. `sorts`: the columns it may be sorted by, the usual one first."""
    usual = sorts[0] if sorts else ""
    sort = given.get("sort", usual)
    known = {each.removeprefix("-") for each in sorts}
    asked = given.get("page", "1")
    page = int(asked) if asked.isdecimal() and len(asked) < 6 else 1
    return Listing(
        filters={name: value for name in filters if (value := given.get(name, "").strip()[:200])},
        sort=sort if sort.removeprefix("-") in known else usual,
        default_sort=usual,
        page=min(max(1, page), LAST_PAGE),
        rows=rows,
    )
