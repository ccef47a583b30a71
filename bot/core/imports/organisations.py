"""A row of a file as an organisation: checked against the office, or refused with every reason."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from bot.core.imports.layout import Problem, RawRow
from bot.core.organisation import TRANSITIONS, Level, Observer, Organisation, OrganisationConsent, OrganisationStatus
from bot.core.organisation_fields import changed
from bot.core.world import World

#: The columns of the list an office keeps, in its order, then what a full export has besides.
COLUMNS = (
    *("id", "name", "acronym", "type", "level", "country", "region", "languages", "interface_language", "timezone"),
    *("topics", "observer_status", "contact_role", "email", "connected", "channel", "addresses", "consent"),
    *("announcement_optin", "quiet_hours", "listed", "iati_org_id", "status", "since"),
    *("countries", "clusters", "observer_since", "observer_until", "ecosoc", "unpp", "parent"),
)
#: Taken and not used: the region follows from the country, and whom we can write to is for people to say in chat.
NOT_USED = frozenset(("region", "connected", "channel", "addresses", "announcement_optin"))
#: A file needs one of these.
NEEDED = ("id", "name")
#: What names one record of a file.
KEYS = (("id",),)

#: Column -> field, where a file calls it by another name.
_FIELDS = {"interface_language": "language", "observer_status": "observer", "iati_org_id": "iati"}
#: Columns that are not read as a field's text.
_APART = NOT_USED | {"id", "consent", "status"}
#: An empty cell here says nothing; anywhere else it empties the field of a known record.
_NEVER_EMPTY = frozenset(("level", "listed", "timezone", "interface_language", "observer_status"))
#: A new record needs them.
_ALWAYS = ("name", "type", "country")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_WORDS = re.compile(r"[;|]")
_LISTS = frozenset(("languages", "topics", "countries", "clusters"))
_YES = {"true": "yes", "1": "yes", "false": "no", "0": "no"}
#: What other lists say of a partner that is on them.
_SAYS_NOTHING = frozenset(("", "active", "dormant"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a row is held against besides the office itself."""

    world: World
    #: The record with the row's id, where there is one.
    known: Organisation | None
    #: Id for a row that has none.
    fresh_id: str
    #: Id -> id of the organisation it is an office of, of all that this row may name; headquarters have "".
    parents: Mapping[str, str]
    source: str
    today: date


def organisation(row: RawRow, around: Around) -> Organisation | tuple[Problem, ...]:
    """The organisation as the row has it: new, or the known one with what the file's columns change."""
    before = around.known or _blank(row, around)
    texts = {_FIELDS.get(column, column): _text(row, column) for column in _read_columns(row, around)}
    after, wrong = changed(before, texts, around.world)
    columns = {field: column for column, field in _FIELDS.items()}
    problems = [*row.problems, *(Problem(columns.get(each.field, each.field), each.problem) for each in wrong)]
    problems += _apart(row, around, after)
    if problems:
        return tuple({each.column: each for each in reversed(problems)}.values())[::-1]
    after = replace(after, consent=_consent(row, after), status=_status(row, after))
    return after if around.known else _completed(after, texts, around.world)


def _read_columns(row: RawRow, around: Around) -> Iterator[str]:
    for column in COLUMNS:
        if column in _APART:
            continue
        needed = column in _ALWAYS and around.known is None
        says = column in row and (bool(row[column]) or (around.known is not None and column not in _NEVER_EMPTY))
        if says or needed:
            yield column


def _text(row: RawRow, column: str) -> str:
    text = row[column]
    if column in _LISTS:
        return _WORDS.sub(" ", text)
    if column == "listed":
        return _YES.get(text.casefold(), text.casefold())
    return text.casefold() if column in {"level", "observer_status"} else text


def _blank(row: RawRow, around: Around) -> Organisation:
    return Organisation(
        id=row["id"] or around.fresh_id,
        name="",
        acronym="",
        type="",
        level=Level.UNKNOWN,
        country="",
        language="",
        timezone="",
        source=around.source,
    )


def _completed(fresh: Organisation, texts: Mapping[str, str], world: World) -> Organisation:
    """What a new organisation's row left open and the office can tell."""
    spoken = [each for each in fresh.languages if each in world.office.languages]
    language = fresh.language or (spoken[0] if spoken else world.office.default_language)
    listed = fresh.listed if "listed" in texts else fresh.type not in world.office.unlisted_types
    zone = fresh.timezone or world.zones.get(fresh.country, "UTC")
    return replace(fresh, language=language, listed=listed, timezone=zone)


def _apart(row: RawRow, around: Around, after: Organisation) -> Iterator[Problem]:
    """What is checked against more than the office's lists."""
    if row["id"] and not _ID.fullmatch(row["id"]):
        yield Problem("id", "bad_id")
    if after.since.isdecimal() and int(after.since) > around.today.year:
        yield Problem("since", "not_a_year")
    if after.observer is Observer.NONE and (row["observer_since"] or row["observer_until"]):
        yield Problem("observer_status", "dates_without_status")
    if row["consent"].casefold() not in {"", *OrganisationConsent}:
        yield Problem("consent", "not_listed")
    yield from _wrong_status(row["status"].casefold(), around.known)
    if after.parent and (around.known is None or after.parent != around.known.parent):
        yield from _wrong_parent(after, around)


def _wrong_status(word: str, known: Organisation | None) -> Iterator[Problem]:
    """A list that calls a partner active lifts no suspension; what it says in our words must be a step that exists."""
    if word in _SAYS_NOTHING:
        return
    if word not in set(OrganisationStatus):
        yield Problem("status", "not_listed")
    elif known is not None and word != known.status and word not in TRANSITIONS[known.status]:
        yield Problem("status", "no_such_step")


def _wrong_parent(after: Organisation, around: Around) -> Iterator[Problem]:
    """An office belongs to an organisation that is known or stands further up in the file, and never to itself."""
    above = after.parent
    if above not in around.parents and above != after.id:
        yield Problem("parent", "no_such_parent")
        return
    seen = {after.id}
    while above:
        if above in seen:
            yield Problem("parent", "circle")
            return
        seen.add(above)
        above = around.parents.get(above, "")


def _consent(row: RawRow, organisation: Organisation) -> OrganisationConsent:
    return OrganisationConsent(row["consent"].casefold()) if row["consent"] else organisation.consent


def _status(row: RawRow, organisation: Organisation) -> OrganisationStatus:
    word = row["status"].casefold()
    return organisation.status if word in _SAYS_NOTHING else OrganisationStatus(word)
