"""Organisations and people as JSON: what a record was before, kept so that it can be that again."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from bot.core.organisation import Level, Observer, Organisation, OrganisationConsent, OrganisationStatus
from bot.core.person import Connection, Invitations, Person


def dump(record: Organisation | Person) -> dict[str, Any]:
    """Every field; times as ISO texts."""
    return {name: _plain(value) for name, value in asdict(record).items()}


def organisation(values: Mapping[str, Any]) -> Organisation:
    """What `dump` made of an organisation. A field that came later has its default."""
    known = {name: value for name, value in values.items() if name in Organisation.__dataclass_fields__}
    lists = {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
    days: dict[str, Any] = {name: _day(known.get(name)) for name in ("observer_since", "observer_until")}
    kinds: dict[str, Any] = {
        "level": Level(known["level"]),
        "status": OrganisationStatus(known["status"]),
        "observer": Observer(known["observer"]),
        "consent": OrganisationConsent(known["consent"]),
    }
    return Organisation(**{**known, **lists, **days, **kinds})


def person(values: Mapping[str, Any]) -> Person:
    """What `dump` made of a person."""
    known = {name: value for name, value in values.items() if name in Person.__dataclass_fields__}
    moments: dict[str, Any] = {name: _moment(known.get(name)) for name in ("told_at", "known_since") if name in known}
    kinds: dict[str, Any] = {
        "connection": Connection(known["connection"]),
        "invitations": Invitations(known["invitations"]),
    }
    return Person(**{**known, **moments, **kinds})


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
