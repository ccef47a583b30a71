"""What partners do among themselves: values in, values out."""

from dataclasses import replace

import pytest

from bot.core.colleague import Colleague, Linked, Team
from bot.core.conversation.scene import Code, Scene
from bot.core.conversation.state import Ask, Chosen
from bot.core.message import Happened
from bot.core.organisation import Organisation
from bot.core.partner_turn import ConfirmPerson, NameSpeaker, PersonLeft, ProposeOrganisation
from bot.core.person import Connection, Invitations, Invite, InviteKind, Person
from bot.core.turn import Redeem, Say, SayCode
from tests.unit.scenes import KNOWN, NOW, WORLD, confirmed, heard, of_kind, query, scene, told

HARBOUR = next(each for each in WORLD.organisations if each.id == "CSO-0001")
ME = Colleague(person=7, name="Amina Yusuf", connection=Connection.CONFIRMED, accounts=("telegram",))
BRUNO = Colleague(person=8, connection=Connection.CONFIRMED, accounts=("slack",))
CARLA = Colleague(person=9, name="Carla Diaz", connection=Connection.CLAIMED, accounts=("telegram",), since=NOW)


def team(*people: Colleague, organisation: Organisation = HARBOUR, **more: object) -> Team:
    return Team(organisation=organisation, people=people, **more)  # type: ignore[arg-type]


def among(*people: Colleague, **more: object) -> Scene:
    """A scene of a confirmed person with this team."""
    return scene(confirmed(), team=team(*people, **more), named=HARBOUR)


def test_confirming_is_offered_only_while_somebody_waits() -> None:
    """The first choice is there when it leads somewhere."""
    offered = [heard("/colleagues", among(*people)).state.prompts[-1].options for people in ((ME, CARLA), (ME,))]

    assert [("waiting", "invite", "left", "speaker"), ("invite", "left", "speaker")] == offered


@pytest.mark.parametrize("command", ["/colleagues", "/leave"])
def test_who_is_not_confirmed_reads_one_sentence(command: str) -> None:
    """Nothing of the organisation is in it."""
    person = replace(KNOWN, organisation=HARBOUR.id, connection=Connection.CLAIMED)
    turn = heard(command, scene(person, named=HARBOUR))

    assert (Say("partners.not_confirmed", {"connection": "claimed"}),) == turn.effects


def test_a_claim_that_was_decided_meanwhile_is_not_asked_about() -> None:
    """The conversation hears of it and stays silent."""
    assert () == heard(Happened("claimed", "9"), among(ME)).effects


def test_a_claim_is_asked_about_and_confirmed() -> None:
    """One press."""
    here = among(ME, CARLA)
    asked = heard(Happened("claimed", "9"), here)
    turn = heard(Chosen(asked.state.prompts[-1].id, "confirm"), here, asked.state)

    assert [ConfirmPerson(9)] == of_kind(turn, ConfirmPerson)


def test_somebody_who_left_can_only_be_replaced_by_a_confirmed_colleague() -> None:
    """A button whose colleague is no longer confirmed changes nothing."""
    mine = query(1, person=8)
    here = among(ME, BRUNO, queries=(mine,))
    state = heard("/colleagues", here).state
    for value in ("left", "8"):
        state = heard(Chosen(state.prompts[-1].id, value), here, state).state
    prompt = state.prompts[-1]
    gone = among(replace(ME, connection=Connection.CLAIMED), BRUNO, queries=(mine,))

    assert Ask.WHO_TAKES is prompt.ask
    assert [PersonLeft(8, 7)] == of_kind(heard(Chosen(prompt.id, "7"), here, state), PersonLeft)
    assert ["partners.nothing_changed"] == told(heard(Chosen(prompt.id, "7"), gone, state))


def test_nobody_is_offered_as_leaver_who_is_alone() -> None:
    """The way out for oneself is named."""
    state = heard("/colleagues", among(ME)).state

    assert ["partners.nobody_else"] == told(heard(Chosen(state.prompts[-1].id, "left"), among(ME), state))


def test_a_speaker_is_named_and_taken_back() -> None:
    """0 names nobody."""
    here = among(ME, BRUNO)
    state = heard("/colleagues", here).state
    state = heard(Chosen(state.prompts[-1].id, "speaker"), here, state).state
    named = [heard(Chosen(state.prompts[-1].id, value), here, state).effects[0] for value in ("8", "0")]

    assert [NameSpeaker(8), NameSpeaker(0)] == named


def test_a_code_for_the_other_platform_is_asked_for_where_there_is_one() -> None:
    """Bound to it; an office with one platform gives a code for that one."""
    linked = (Linked(account="telegram", user="7", kind="telegram", here=True),)
    both = scene(linked=linked, platform="telegram", platforms=frozenset({"telegram", "slack"}))
    one = replace(both, platforms=frozenset({"telegram"}))
    given = [effect for at in (both, one) for effect in of_kind(heard("/link", at), SayCode)]

    assert ["slack", ""] == [each.platform for each in given if isinstance(each, SayCode)]


def code(**about: object) -> Code:
    invite = Invite(kind=InviteKind.LINK, person=3, expires_at=NOW)
    return replace(Code(key="digest", invite=invite, person=Person(id=3)), **about)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("person", "given", "says"),
    [
        (KNOWN, code(), "partners.linked"),
        (KNOWN, code(person=replace(KNOWN)), "partners.linked_already"),
        (KNOWN, code(of_staff=True), "errors.link_staff"),
        (KNOWN, code(person=None), "errors.bad_code"),
        (confirmed(), code(person=replace(confirmed("CSO-0045"), id=3)), "errors.link_two_organisations"),
        (confirmed(), code(person=replace(confirmed(), id=3)), "partners.linked"),
    ],
)
def test_what_a_link_code_comes_to(person: Person, given: Code, says: str) -> None:
    """Joined, or refused with the next step; a refused code stays good."""
    turn = heard("/start something", scene(person, code=given))

    assert ([says], says == "partners.linked") == (told(turn), bool(of_kind(turn, Redeem)))


def test_an_organisation_on_no_list_is_proposed_with_its_type() -> None:
    """The kinds in the office's order, the seven of S0 first."""
    state = heard("/me", scene()).state
    state = heard(Chosen(state.prompts[-1].id, "organisation"), scene(), state).state
    named = heard("Tana River Beekeepers", scene(), state)
    prompt = named.state.prompts[-1]
    turn = heard(Chosen(prompt.id, "TUP"), scene(), named.state)

    assert ("NGO", "ADV", "MIG", "TUP", "MED", "RES", "FND") == prompt.options[:7]
    assert [ProposeOrganisation("TUP")] == of_kind(turn, ProposeOrganisation)


def test_a_question_written_instead_of_a_name_is_a_question() -> None:
    """Nothing that somebody writes is taken for a name when it reads like a message."""
    state = heard("/me", scene()).state
    state = heard(Chosen(state.prompts[-1].id, "name"), scene(), state).state

    assert "conversation.at_desk" in told(heard("Who coordinates site planning in Garissa this week?", scene(), state))


def test_a_confirmed_person_leaves_before_naming_another_organisation() -> None:
    """/me says how."""
    here = scene(replace(confirmed(), invitations=Invitations.ALL), named=HARBOUR)
    state = heard("/me", here).state

    assert ["partners.leave_first"] == told(heard(Chosen(state.prompts[-1].id, "organisation"), here, state))
