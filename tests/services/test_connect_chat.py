"""Staff in their private chat: a link for a partner, and a question for one who cannot write here."""

from datetime import datetime
from pathlib import Path

import pytest

from bot.core.channel import AccountInfo
from bot.core.message import Message, Place, Pressed, Said, Standing
from bot.core.person import Person, Role, StaffRole
from bot.core.routing.reading import Reading
from bot.core.turn import Immediate, Notice
from storage import accounts, people, queries
from storage.database import Database, Transaction
from storage.sealing import ProcessSeal
from tests.services.office import SURE, Office, open_office

EDITOR = "700"


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Office:
    """With an editor on Telegram."""
    made = open_office(database, seal, tmp_path / "files", now)

    def settle(tx: Transaction) -> None:
        accounts.note(tx, AccountInfo("telegram", "csobot_bot"), "telegram")
        editor = people.add(tx, Person(language="en"), "telegram", EDITOR, EDITOR)
        people.add_role(tx, StaffRole(person=editor.id, role=Role.EDITOR))

    database.run_sync(settle)
    return made


def write(office: Office, text: str, reading: Reading = SURE) -> Message:
    """What the editor reads in answer: at once, or the last message of the ledger."""
    shown = office.hear(office.event(EDITOR, Said(text, message=text)), reading)
    return notice(shown) or office.messages(EDITOR)[-1]


def press(office: Office, message: Message, label: str) -> Message:
    token = next(button.token for button in message.buttons if label in (button.label, button.fields.get("name")))
    shown = office.hear(office.event(EDITOR, Pressed(token, "1")))
    return notice(shown) or office.messages(EDITOR)[-1]


def notice(shown: list[Immediate]) -> Message | None:
    found = [each.message for each in shown if isinstance(each, Notice)]
    return found[-1] if found else None


def test_a_link_by_name(office: Office) -> None:
    """Shown to the one who asked and kept in no ledger."""
    shown = write(office, "/invite Harbour Line Aid")
    assert (shown.template, shown.fields["organisation"], shown.fields["days"]) == (
        "connect.link",
        "Harbour Line Aid",
        14,
    )
    assert str(shown.fields["link"]).startswith("t.me/csobot_bot?start=")
    assert office.messages(EDITOR) == []


def test_the_link_works(office: Office) -> None:
    """For one person."""
    code = str(write(office, "/invite HLA").fields["code"])
    office.say(f"/start {code}", user="901")
    assert office.templates("901")[0] == "conversation.invited"


def test_misspelt_is_found(office: Office) -> None:
    """By likeness."""
    assert write(office, "/invite Harbor Line Aid").fields["organisation"] == "Harbour Line Aid"


def test_several_are_asked_about(office: Office) -> None:
    """Which is meant."""
    asked = write(office, "/invite relief")
    assert asked.template == "connect.which_organisation"
    name = str(asked.buttons[0].fields["name"])
    assert press(office, asked, name).fields["organisation"] == name


def test_the_same_link_as_a_mail_and_another_as_well(office: Office) -> None:
    """Until somebody has used it."""
    shown = write(office, "/invite HLA")
    mail = press(office, shown, "connect.button_mail")
    assert (mail.template, mail.fields["code"]) == ("connect.mail_shown", shown.fields["code"])
    assert press(office, shown, "connect.button_another").fields["code"] != shown.fields["code"]
    office.say(f"/start {shown.fields['code']}", user="901")
    assert press(office, shown, "connect.button_mail").template == "connect.used_or_over"


def test_nobody_else_can_press_it(office: Office) -> None:
    """A button belongs to the one who asked."""
    shown = write(office, "/invite HLA")
    pressed = office.hear(office.event("500", Pressed(shown.buttons[1].token, "1")))
    found = notice(pressed)
    assert found is not None
    assert found.template == "errors.old_button"


@pytest.mark.req("S0-C5")
def test_it_is_for_staff(office: Office) -> None:
    """A partner is shown the way to help."""
    for word in ("/invite Harbour Line Aid", "/on-behalf HLA"):
        office.say(word)
        told = office.messages("500")[-1]
        assert (told.template, told.fields["mailbox"]) == ("connect.for_staff", "ipd@iom.int")


@pytest.mark.parametrize("word", ["/invite HLA", "/on_behalf HLA"])
def test_not_in_a_group(office: Office, word: str) -> None:
    """Others read there."""
    said = Said(word, message="1", to_bot=True)
    shown = office.hear(office.event("ULIA", said, "C1", Place.GROUP))
    found = notice(shown)
    assert found is not None
    assert found.template == "connect.only_private"


def test_a_question_is_entered_step_by_step(office: Office) -> None:
    """Organisation, address, words; then it has a reference and a desk."""
    asked = write(office, "/on_behalf Garissa Wells and Roofs")
    assert asked.template == "connect.behalf_contact"
    assert press(office, asked, "buttons.other_address").template == "connect.behalf_email"
    assert write(office, "not an address").template == "connect.behalf_bad_email"
    assert write(office, "Amina@gwr.example").template == "connect.behalf_text"
    done = write(office, "Who coordinates site planning in Garissa this week?")
    assert (done.template, done.fields["reference"], done.fields["desk"], done.fields["email"]) == (
        "connect.behalf_entered",
        "Q-0001",
        "mission-ke",
        "amina@gwr.example",
    )
    added = write(office, "/on-behalf Q-0001 And who in Dadaab?")
    assert added.template == "connect.behalf_added"
    lines = office.database.run_sync(lambda tx: queries.timeline(tx, 1))
    assert [line.text for line in lines if line.kind in ("question", "addition")] == [
        "Who coordinates site planning in Garissa this week?",
        "And who in Dadaab?",
    ]


def test_what_may_be_confidential_is_held_back(office: Office) -> None:
    """In the dialogue and behind a reference alike: sealed, and never a question."""
    sensitive = Reading(sensitive=True, language="en")
    asked = write(office, "/on_behalf Garissa Wells and Roofs")
    press(office, asked, "buttons.mail_contact")
    assert write(office, "A guard asked for money", sensitive).template == "confidential.offer"
    assert write(office, "/on_behalf Q-0001 A guard asked for money", sensitive).template == "confidential.offer"
    assert office.database.run_sync(lambda tx: queries.opened_by(tx, "telegram:3")) is None


def test_a_role_of_another_region_is_told_so(office: Office) -> None:
    """By the partner's name, with the next step."""

    def limit(tx: Transaction) -> None:
        editor = people.known(tx, "telegram", EDITOR)
        assert editor is not None
        people.remove_role(tx, StaffRole(person=editor.id, role=Role.EDITOR))
        people.add_role(tx, StaffRole(person=editor.id, role=Role.EDITOR, region="WCA"))

    office.database.run_sync(limit)
    shown = write(office, "/invite Harbour Line Aid")
    assert (shown.template, shown.fields["organisation"]) == ("connect.not_your_region", "Harbour Line Aid")


def test_a_guest_is_never_staff(office: Office) -> None:
    """Whatever was linked once."""
    event = office.event(EDITOR, Said("/invite HLA", message="1"))
    from dataclasses import replace  # noqa: PLC0415

    office.hear(replace(event, sender=replace(event.sender, standing=Standing.GUEST)))
    assert office.templates(EDITOR) == ["connect.for_staff"]
