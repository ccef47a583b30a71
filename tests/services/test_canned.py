"""Ready answers of a desk: who may write them, when they are offered, and what a CSO would read."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.canned import BadAnswer, CannedAnswer, CannedState
from bot.core.errors import Conflict, IllegalTransition, NotAllowed, Unknown
from bot.core.permission import Viewer
from bot.core.person import Role, Staff, StaffRole
from bot.services import canned as acts
from bot.services.canned import By, Draft
from storage import canned, queries
from storage.database import Database
from storage.sealing import ProcessSeal
from storage.tables import audit
from tests.services.office import WORLD, Office, open_office
from tests.services.test_promises import NOW

DRAFT = Draft(desk="mission-ke", name="Shelter kits", topic="shelter", texts={"en": "Dear {organisation}", "fr": ""})


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path) -> Office:
    return open_office(database, seal, tmp_path / "files", NOW)


def by(role: Role = Role.FOCAL_POINT, desk: str = "mission-ke") -> By:
    roles = (StaffRole(person=2, role=role, desk=desk),)
    return By(viewer=Viewer(person=2, staff=Staff(person=2, roles=roles), world=WORLD), now=NOW)


def written(office: Office, draft: Draft = DRAFT, who: By | None = None) -> CannedAnswer:
    return office.database.run_sync(lambda tx: acts.create(tx, office.setup, draft, who or by()))


def made_ready(office: Office, draft: Draft = DRAFT) -> CannedAnswer:
    kept = written(office, draft)
    return office.database.run_sync(lambda tx: acts.ready(tx, office.setup, kept.id, by()))


def offered(office: Office, topic: str) -> list[str]:
    return office.database.run_sync(lambda tx: [each.name for each in canned.offered(tx, "mission-ke", topic, 10)])


def audited(office: Office) -> list[tuple[str, str]]:
    found = sa.select(audit.c.act, audit.c.about).order_by(audit.c.id)
    return office.database.run_sync(lambda tx: [tuple(row) for row in tx.execute(found)])


def test_a_new_answer_is_a_draft(office: Office) -> None:
    """It is kept without its empty texts, and nobody is offered it yet."""
    kept = written(office)
    known = office.database.run_sync(lambda tx: canned.get(tx, kept.id))
    assert (known.state, known.texts, offered(office, "")) == (CannedState.DRAFT, {"en": "Dear {organisation}"}, [])


def test_a_draft_becomes_ready_and_is_retired(office: Office) -> None:
    """Offered from then on, until it is retired; each step is on record by number."""
    kept = made_ready(office)
    assert offered(office, "shelter") == ["Shelter kits"]
    office.database.run_sync(lambda tx: acts.retire(tx, office.setup, kept.id, by()))
    assert offered(office, "shelter") == []
    about = f"answer:{kept.id}"
    assert audited(office) == [("answer_written", about), ("answer_ready", about), ("answer_retired", about)]


def test_what_is_retired_is_not_retired_again(office: Office) -> None:
    """The table of states holds."""
    kept = made_ready(office)
    office.database.run_sync(lambda tx: acts.retire(tx, office.setup, kept.id, by()))
    with pytest.raises(IllegalTransition):
        office.database.run_sync(lambda tx: acts.retire(tx, office.setup, kept.id, by()))


def test_answers_on_the_topic_come_first(office: Office) -> None:
    """Then those for any topic, then the rest."""
    for name, topic in (("A", "cccm"), ("B", ""), ("C", "shelter")):
        made_ready(office, replace(DRAFT, name=name, topic=topic))
    assert (offered(office, "shelter"), offered(office, "")) == (["C", "B", "A"], ["B", "A", "C"])


@pytest.mark.parametrize(
    ("role", "desk"),
    [(Role.FOCAL_POINT, "mission-et"), (Role.EDITOR, "mission-ke"), (Role.ADMIN, ""), (Role.CONFIDENTIAL, "")],
)
def test_others_may_not_write_them(office: Office, role: Role, desk: str) -> None:
    """Focal points and managers of the desk, nobody else."""
    with pytest.raises(NotAllowed):
        written(office, who=by(role, desk))


def test_the_confidential_desk_has_none(office: Office) -> None:
    """Not even for its own people: what they write is sealed."""
    with pytest.raises(NotAllowed):
        written(office, replace(DRAFT, desk="confidential-desk"), by(Role.CONFIDENTIAL, ""))


def test_a_desk_that_is_none(office: Office) -> None:
    """There is no such thing."""
    with pytest.raises(Unknown):
        written(office, replace(DRAFT, desk="mission-xx"), by(Role.MANAGER, ""))


def test_nobody_writes_over_a_colleague(office: Office) -> None:
    """Whoever saw an older version is refused, and nothing is lost."""
    kept = written(office)
    newer = replace(DRAFT, texts={"en": "Newer"})
    office.database.run_sync(lambda tx: acts.change(tx, office.setup, kept.id, kept.version, newer, by()))
    with pytest.raises(Conflict):
        office.database.run_sync(lambda tx: acts.change(tx, office.setup, kept.id, kept.version, DRAFT, by()))
    assert office.database.run_sync(lambda tx: canned.get(tx, kept.id)).texts == {"en": "Newer"}


def test_a_bad_change_keeps_what_was(office: Office) -> None:
    """A placeholder that there is not is refused."""
    kept = written(office)
    bad = replace(DRAFT, texts={"en": "{password}"})
    with pytest.raises(BadAnswer):
        office.database.run_sync(lambda tx: acts.change(tx, office.setup, kept.id, kept.version, bad, by()))
    assert office.database.run_sync(lambda tx: canned.get(tx, kept.id)) == kept


EVERY = "{organisation} | {reference} | {desk} | {due} | {role}"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (
            {"en": EVERY},
            "your organisation | Q-0001 | the country office, Kenya | Tue 24 Nov, 10:30 (Nairobi) | "
            "the liaison at the country office, Kenya",
        ),
        (
            {"fr": EVERY},
            "votre organisation | Q-0001 | le bureau de pays, Kenya | mar. 24 nov., 10 h 30 (Nairobi) | "
            "la personne de liaison du bureau de pays, Kenya",
        ),
    ],
)
def test_filled_in_for_a_query(office: Office, texts: dict[str, str], expected: str) -> None:
    """Names and times stand in the language of the answer and the zone of the CSO."""
    office.say("Who coordinates the camp?")
    kept = made_ready(office, replace(DRAFT, texts=texts))
    shown = office.database.run_sync(lambda tx: acts.fill(tx, office.setup, kept, queries.get(tx, 1)))
    assert shown.text.replace("\u202f", " ").replace("\u00a0", " ") == expected


def test_a_fallback_is_known(office: Office) -> None:
    """The CSO reads English and there is French only: the words say so to whoever sends them."""
    office.say("Who coordinates the camp?")
    kept = made_ready(office, replace(DRAFT, texts={"fr": "Bonjour"}))
    shown = office.database.run_sync(lambda tx: acts.fill(tx, office.setup, kept, queries.get(tx, 1)))
    assert (shown.language, shown.asked, shown.fell_back) == ("fr", "en", True)
