"""Scenes for the conversation: a small world and what a person in it did."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.core.conversation.scene import Scene
from bot.core.conversation.state import State, Turn
from bot.core.conversation.step import Heard, step
from bot.core.message import Said
from bot.core.person import Connection, Person
from bot.core.query import Query, Status
from bot.core.routing.reading import Reading
from bot.core.turn import Effect, Say
from config import world as worlds

WORLD = worlds.load(None)
NOW = datetime(2026, 11, 23, 6, 12, tzinfo=UTC)
#: Somebody in Kenya who has been told what is kept.
KNOWN = Person(id=7, language="en", country="KE", told_version="2026-11")
STRANGER = Person(id=8, language="en")
SURE = Reading(topics=(("cccm", 0.9), ("shelter", 0.07), ("health", 0.01)), language="en")
UNSURE = Reading(topics=(("council", 0.4), ("idm-rcp", 0.3), ("ipd", 0.2)), language="en")


def scene(person: Person = KNOWN, reading: Reading = SURE, **more: object) -> Scene:
    return replace(Scene(world=WORLD, now=NOW, key="telegram:1", person=person, reading=reading), **more)  # type: ignore[arg-type]


def query(number: int = 1, status: Status = Status.NEW, **more: object) -> Query:
    asked = Query(
        id=number,
        opened_by=f"telegram:q{number}",
        person=7,
        country="KE",
        account="telegram",
        topic="cccm",
        topics=SURE.topics,
        desk="mission-ke",
        asked_at=NOW,
        due_at=NOW,
        status=status,
    )
    return replace(asked, **more)  # type: ignore[arg-type]


def said(text: str) -> Said:
    return Said(text, message="10")


def heard(what: str | Heard, at: Scene, state: State | None = None) -> Turn:
    """One step; a text stands for a message with that text."""
    return step(state or State(), said(what) if isinstance(what, str) else what, at)


def told(turn: Turn) -> list[str]:
    """Names of the templates said, in order."""
    return [effect.template for effect in turn.effects if isinstance(effect, Say)]


def of_kind(turn: Turn, kind: type[Effect]) -> list[Effect]:
    return [effect for effect in turn.effects if isinstance(effect, kind)]


def confirmed(organisation: str = "CSO-0001") -> Person:
    return replace(KNOWN, organisation=organisation, connection=Connection.CONFIRMED)
