"""Two records of one organisation become one: which value stays, field by field, and how that is taken back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.core.errors import BotError
from bot.core.organisation import Level, Observer, Organisation, OrganisationConsent

#: Fields that hold several values: both records' values stay.
LISTS = ("countries", "languages", "topics", "clusters")
#: Fields of which one value stays: that of the record that is kept, unless it has none or the other was chosen.
SINGLE = (
    *("name", "acronym", "type", "level", "country", "language", "timezone", "email", "contact_role", "listed"),
    *("observer", "observer_since", "observer_until", "quiet_hours", "ecosoc", "unpp", "iati", "since", "parent"),
    "speaker",
)
#: What counts as no value.
_NOTHING = ("", None, 0, Level.UNKNOWN, Observer.NONE)


class CannotMerge(BotError):
    """These two cannot be merged: they are the same record, or one of them is closed or merged already."""

    template = "errors.cannot_merge"


class CannotUndoMerge(BotError):
    """This merge cannot be undone: says what stands in the way."""

    template = "errors.cannot_undo_merge"


@dataclass(frozen=True, slots=True)
class Choice:
    """One field in which the two differ."""

    field: str
    kept: Any
    gone: Any
    #: What the merged record has.
    stays: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What belonged to the record that is gone: numbers of people and queries, hashes of codes, ids of offices."""

    people: tuple[int, ...] = ()
    queries: tuple[int, ...] = ()
    invites: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()


def merged(kept: Organisation, gone: Organisation, take: Collection[str] = ()) -> Organisation:
    """The record that stays, with everything both know; `take` names fields whose value comes from the other one."""
    values: dict[str, Any] = {}
    for name in SINGLE:
        ours, theirs = getattr(kept, name), getattr(gone, name)
        values[name] = theirs if theirs not in _NOTHING and (name in take or ours in _NOTHING) else ours
    for name in LISTS:
        values[name] = tuple(dict.fromkeys((*getattr(kept, name), *getattr(gone, name))))
    if values["parent"] in (kept.id, gone.id):
        values["parent"] = ""
    if OrganisationConsent.WITHDRAWN in (kept.consent, gone.consent):
        # Whoever withdrew it did so for the organisation, whatever the other record says.
        values |= {"consent": OrganisationConsent.WITHDRAWN, "listed": False}
    return replace(kept, **values)


def choices(kept: Organisation, gone: Organisation, result: Organisation) -> tuple[Choice, ...]:
    """The fields in which the two differ, and what becomes of each."""
    names = (*SINGLE, *LISTS, "consent")
    every = (Choice(name, getattr(kept, name), getattr(gone, name), getattr(result, name)) for name in names)
    return tuple(each for each in every if each.kept != each.gone)


def parted(current: Organisation, before: Organisation, after: Organisation) -> Organisation:
    """The kept record without what the merge brought; a field that somebody changed since stays as it is."""
    names = (*SINGLE, *LISTS, "consent")
    back = {
        name: getattr(before, name)
        for name in names
        if getattr(current, name) == getattr(after, name) != getattr(before, name)
    }
    return replace(current, **back)


def load_moved(values: Mapping[str, Any]) -> Moved:
    return Moved(**{name: tuple(values.get(name, ())) for name in Moved.__dataclass_fields__})
