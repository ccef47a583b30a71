"""/mydata: everything that leads to a person, as a file for computers and as a page to read."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.core.person import Person
from bot.core.query import Entry, EntryKind, EntryState, Query
from bot.services.acting import Acting
from bot.services.told import tell
from storage import consents, kept, organisations
from storage import queries as query_rows
from storage.database import Transaction

#: Every query, however old: a person is shown and erased as a whole.
EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
#: What the CSO has seen of a timeline.
SEEN = set(EntryKind) - {EntryKind.NOTE, EntryKind.EVENT}


def send(acting: Acting) -> None:
    """Both files to the person, in the private chat that asked."""
    about = kept_about(acting.tx, acting.person, acting.now)
    text = json.dumps(about, ensure_ascii=False, indent=2).encode()
    _send_file(acting, "conversation.my_data", text, "my-data.json", "application/json")
    if page := acting.setup.readable(acting.told.language, about):
        _send_file(acting, "data.my_data_page", page, "my-data.html", "text/html")


def _send_file(acting: Acting, template: str, content: bytes, name: str, media_type: str) -> None:
    file = acting.setup.files.add(content, name, media_type)
    fields = {"mailbox": acting.setup.world.office.mailbox}
    tell(acting.tx, acting.told, f"event:{acting.key}", acting.part, template, fields, acting.now, file=file)
    acting.part += 1


def kept_about(tx: Transaction, person: Person, now: datetime) -> dict[str, Any]:
    """Everything that leads to the person, without notes of others and without what is sealed for the desk."""
    about: dict[str, Any] = {
        "made_at": now,
        "person": _person(tx, person),
        "agreed": _agreed(tx, person),
        "addresses": kept.reached_at(tx, person.id),
        "invitations": kept.invitations(tx, person.id),
        "queries": [_query(tx, query) for query in query_rows.of_person(tx, person.id, EVER)],
        "roles": kept.roles(tx, person.id),
        "suspended": kept.suspended(tx, person.id),
        "away": kept.away(tx, person.id),
        "hours": kept.hours(tx, person.id),
        "console_sessions": kept.console_sessions(tx, person.id),
        "second_factor": kept.second_factor_since(tx, person.id),
        "acts": kept.acts(tx, person.id),
        "acts_about_you": kept.acts_about(tx, person.id),
    }
    plain: dict[str, Any] = _plain(about)
    return plain


def _person(tx: Transaction, person: Person) -> dict[str, Any]:
    organisation = organisations.get(tx, person.organisation) if person.organisation else None
    return {
        "name": person.name,
        "position": person.position,
        "email": person.email,
        "language": person.language,
        "country": person.country,
        "organisation": organisation.name if organisation else person.claimed_name,
        "connection": person.connection.value,
        "known_since": person.known_since,
        "source": person.source,
    }


def _agreed(tx: Transaction, person: Person) -> dict[str, Any]:
    history = consents.of_person(tx, person.id)
    return {
        "invitations": person.invitations.value,
        "stopped": person.stopped,
        "told_version": person.told_version,
        "told_at": person.told_at,
        "history": [{"kind": e.kind.value, "version": e.version, "choice": e.choice, "at": e.at} for e in history],
    }


def _query(tx: Transaction, query: Query) -> dict[str, Any]:
    lines = [line for line in query_rows.timeline(tx, query.id) if line.kind in SEEN and line.state is EntryState.DONE]
    return {
        "reference": query.reference,
        "asked_at": query.asked_at,
        "topic": query.topic,
        "desk": query.desk,
        "status": query.status.value,
        "private": query.private,
        "entered_by_staff": bool(query.entered_by),
        "rating": query.rating or None,
        "rating_shared": query.rating_shared,
        "messages": [_line(line) for line in lines],
    }


def _line(line: Entry) -> dict[str, Any]:
    files = [file.name for file in line.files]
    return {"kind": line.kind.value, "at": line.at, "text": line.text, "files": files}


def _plain(value: Any) -> Any:
    """Times as text, everything else as it is."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
