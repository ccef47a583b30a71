"""People and their organisations, in chat: confirming, leaving, handing over, one person with two addresses."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core.invitation import Invitee
from bot.core.organisation import OrganisationStatus
from bot.core.permission import command_line
from bot.core.person import Connection, Invite, InviteKind, Person, Role, StaffRole
from bot.core.query import Status
from bot.services import clock, invitations, partners
from storage import consents, invites, organisations, people, queries
from storage.database import Database, Transaction
from storage.sealing import ProcessSeal
from storage.tables import audit
from tests.services.office import SURE
from tests.services.partner_office import AMINA, BRUNO, CARLA, DAVI, GARISSA, Partners, open_partners


@pytest.fixture
def team(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Partners:
    return open_partners(database, seal, tmp_path / "files", now)


def claims(team: Partners, user: str = CARLA, name: str = "") -> None:
    """Somebody says that they are from Garissa Wells and Roofs, and how they are called."""
    team.say(user, "/me")
    team.press(user, "my_organisation")
    team.say(user, "Garissa Wells and Roofs")
    team.press(user, "organisation")
    if name:
        team.say(user, name)
    else:
        team.press(user, "skip")


def acts(team: Partners) -> list[tuple[str, str]]:
    """Acts and what they were about, in order."""
    return [(row.act, row.about) for row in team.run(lambda tx: tx.execute(audit.select().order_by(audit.c.id)).all())]


# Claiming and confirming.


def test_colleagues_are_told_of_a_claim_with_the_name_that_was_given(team: Partners) -> None:
    """Amina and Bruno read who says so, as the person wrote it."""
    claims(team, name="Carla Diaz")

    assert ["Carla Diaz"] * 2 == [team.field(each, "who")["name"] for each in (AMINA, BRUNO)]  # type: ignore[index]


def test_a_claim_is_told_once(team: Partners) -> None:
    """Saying it again brings no second message."""
    claims(team)
    claims(team)

    assert 1 == team.office.templates(AMINA).count("partners.says_they_belong")


def test_the_one_who_speaks_for_the_organisation_is_told_alone(team: Partners) -> None:
    """Where somebody was named, nobody else is troubled."""
    bruno = team.person(BRUNO).id
    team.run(lambda tx: partners.name_speaker(tx, GARISSA, bruno, bruno, team.office.now))
    claims(team)

    assert (0, 1) == (len(team.office.templates(AMINA)), len(team.office.templates(BRUNO)))


def test_whoever_said_stop_is_not_told(team: Partners) -> None:
    """STOP means no messages nobody asked for."""
    team.change(AMINA, stopped=True)
    claims(team)

    assert [] == team.office.templates(AMINA)


def test_a_name_nobody_gave_does_not_keep_the_claim_back(team: Partners) -> None:
    """Half an hour later colleagues are told all the same."""
    team.say(CARLA, "/me")
    team.press(CARLA, "my_organisation")
    team.say(CARLA, "Garissa Wells and Roofs")
    team.press(CARLA, "organisation")
    before = team.office.templates(AMINA)
    team.office.later(minutes=31)
    team.run(lambda tx: clock.fire_timers(tx, team.office.setup, team.office.now))
    team.let_hear()

    assert ([], ["partners.says_they_belong"]) == (before, team.office.templates(AMINA))


def test_a_colleague_confirms(team: Partners) -> None:
    """One word is enough; the person hears it."""
    claims(team)
    team.press(AMINA, "confirm_person")

    told = team.office.templates(CARLA)[-1]
    assert (Connection.CONFIRMED, "conversation.confirmed") == (team.person(CARLA).connection, told)


def test_a_colleague_refuses(team: Partners) -> None:
    """The person hears it, and that their questions are answered all the same."""
    claims(team)
    team.press(AMINA, "refuse_person")

    told = team.office.templates(CARLA)[-1]
    assert (Connection.REFUSED, "conversation.not_confirmed") == (team.person(CARLA).connection, told)


def test_the_second_to_decide_learns_that_it_is_decided(team: Partners) -> None:
    """Two colleagues were asked; the first decides."""
    claims(team)
    team.press(AMINA, "confirm_person")

    assert ["partners.settled_already"] == team.press(BRUNO, "refuse_person")


def test_an_unconfirmed_person_sees_nothing_of_the_organisation(team: Partners) -> None:
    """One sentence, without names and numbers."""
    claims(team)

    said = team.say(CARLA, "/colleagues")
    assert (["partners.not_confirmed"], {"connection": "claimed"}) == (said, team.office.messages(CARLA)[-1].fields)


def test_an_unconfirmed_person_cannot_decide_by_an_old_button(team: Partners) -> None:
    """Somebody who has left meanwhile decides nothing any more."""
    claims(team)
    team.change(AMINA, connection=Connection.LEFT)
    team.press(AMINA, "confirm_person")

    assert Connection.CLAIMED is team.person(CARLA).connection


def test_nobody_is_confirmed_for_an_organisation_at_rest(team: Partners) -> None:
    """Suspended: not even staff confirm."""
    claims(team)
    garissa = team.run(lambda tx: organisations.get(tx, GARISSA))
    assert garissa is not None
    suspended = replace(garissa, status=OrganisationStatus.SUSPENDED)
    team.run(lambda tx: organisations.save(tx, suspended, team.office.now))
    carla = team.person(CARLA).id

    with pytest.raises(partners.OrganisationAtRest):
        team.run(lambda tx: partners.confirm(tx, team.office.setup, carla, 1, team.office.now))


def test_who_confirmed_whom_is_noted(team: Partners) -> None:
    """An audit row with ids only."""
    claims(team)
    team.press(AMINA, "confirm_person")

    assert ("person.confirmed", f"person:{team.person(CARLA).id}") in acts(team)


def test_staff_confirm_by_the_card(team: Partners) -> None:
    """As before: the button on the card."""
    team.asks(CARLA)
    claims(team)
    team.office.staff_press("confirm")

    assert Connection.CONFIRMED is team.person(CARLA).connection


# Somebody has left.


def test_open_questions_of_one_who_left_go_to_whoever_takes_them(team: Partners) -> None:
    """Bruno says that Amina has left and takes her question."""
    asked = team.asks(AMINA)
    team.say(BRUNO, "/colleagues")
    team.press(BRUNO, "somebody_has_left")
    team.press(BRUNO, "colleague")
    team.press(BRUNO, "i_take_them")

    assert (team.person(BRUNO).id, Connection.LEFT) == (team.query(asked.id).person, team.person(AMINA).connection)


def test_the_answer_to_a_question_that_was_handed_over_goes_to_its_new_owner(team: Partners) -> None:
    """Not to the one who left."""
    team.asks(AMINA)
    team.office.deliver()
    left(team)
    team.office.answered("On Wednesday.")

    assert (1, 0) == tuple(team.office.templates(each).count("conversation.answer") for each in (BRUNO, AMINA))


def left(team: Partners) -> None:
    """Bruno says that Amina has left, and takes what is open."""
    team.say(BRUNO, "/colleagues")
    team.press(BRUNO, "somebody_has_left")
    team.press(BRUNO, "colleague")
    team.press(BRUNO, "i_take_them")


def test_codes_of_the_one_who_left_give_nothing(team: Partners) -> None:
    """Whoever has left comes back by an invitation of somebody who is there."""
    amina, now = team.person(AMINA), team.office.now
    held = Invite(
        kind=InviteKind.ORGANISATION,
        organisation=amina.organisation,
        made_by=amina.id,
        made_at=now,
        expires_at=now + timedelta(days=9),
    )
    team.office.database.run_sync(lambda tx: invites.add(tx, "the-code", held))
    team.asks(AMINA)
    left(team)
    assert team.office.database.run_sync(lambda tx: invites.find(tx, "the-code", team.office.now)) is None


def test_a_private_question_stays_with_the_one_who_left(team: Partners) -> None:
    """No colleague has seen it, and none will."""
    team.asks(AMINA)
    private = team.asks(AMINA, "private: whom do I tell of a conflict with my director?")
    left(team)

    assert (team.person(AMINA).id, Status.NEW) == (team.query(private.id).person, team.query(private.id).status)


def test_a_question_still_being_asked_goes_to_a_desk_when_it_is_handed_over(team: Partners) -> None:
    """Only the one who left could have said what it is about; it is not lost."""
    team.say(AMINA, "We need help", replace(SURE, topics=(("cccm", 0.3), ("health", 0.28), ("council", 0.2))))
    open_now = team.run(lambda tx: queries.where(tx)[-1])
    assert Status.ASKED is open_now.status
    left(team)

    assert (Status.NEW, team.person(BRUNO).id) == (team.query(open_now.id).status, team.query(open_now.id).person)


def test_the_one_who_left_is_told_and_can_say_that_it_is_wrong(team: Partners) -> None:
    """Then they wait to be confirmed again."""
    team.asks(AMINA)
    left(team)
    told = team.office.templates(AMINA)[-1]
    team.press(AMINA, "i_still_work_there")

    assert ("partners.said_to_have_left", Connection.CLAIMED) == (told, team.person(AMINA).connection)


def test_the_one_who_left_no_longer_sees_the_organisation(team: Partners) -> None:
    """Neither who is there nor what is open."""
    asked = team.asks(AMINA)
    left(team)

    assert ["partners.not_confirmed"] == team.say(AMINA, "/colleagues")
    assert ["partners.no_such_query"] == team.say(AMINA, f"/query {asked.reference}")


def test_words_of_the_one_who_left_no_longer_enter_the_question(team: Partners) -> None:
    """What they write is a new question of their own."""
    asked = team.asks(AMINA)
    left(team)
    team.say(AMINA, "And one more thing about the site plan")

    lines = team.run(lambda tx: queries.timeline(tx, asked.id))
    assert ["question", "event"] == [each.kind.value for each in lines]


def test_leaving_oneself_keeps_the_questions(team: Partners) -> None:
    """They stay the person's own, and colleagues see them no longer."""
    asked = team.asks(AMINA)
    team.say(AMINA, "/leave")
    team.press(AMINA, "keep_as_my_own")

    assert (team.person(AMINA).id, ["partners.no_such_query"]) == (
        team.query(asked.id).person,
        team.say(BRUNO, f"/query {asked.reference}"),
    )


def test_leaving_oneself_hands_the_questions_to_a_colleague_who_is_told(team: Partners) -> None:
    """Bruno reads which ones."""
    asked = team.asks(AMINA)
    team.say(AMINA, "/leave")
    team.press(AMINA, "give_to_colleague")
    team.press(AMINA, "colleague")

    assert (team.person(BRUNO).id, [asked.reference]) == (team.query(asked.id).person, team.field(BRUNO, "references"))


def test_the_speaker_who_leaves_speaks_no_more(team: Partners) -> None:
    """Nobody is named then."""
    team.say(AMINA, "/colleagues")
    team.press(AMINA, "who_speaks")
    team.press(AMINA, "i_do")
    named = team.run(lambda tx: organisations.get(tx, GARISSA))
    team.say(AMINA, "/leave")
    team.press(AMINA, "yes_i_left")
    after = team.run(lambda tx: organisations.get(tx, GARISSA))

    assert named
    assert after
    assert (team.person(AMINA).id, 0) == (named.speaker, after.speaker)


# Who sees whose questions.


def test_status_shows_open_questions_of_colleagues(team: Partners) -> None:
    """References, owners and dates."""
    asked = team.asks(AMINA)
    team.asks(AMINA, "private: something for me alone")
    team.say(BRUNO, "/status")

    shown = team.field(BRUNO, "colleagues")
    assert [asked.reference] == [each["reference"] for each in shown]  # type: ignore[index, attr-defined]


def test_a_colleague_reads_question_and_answer(team: Partners) -> None:
    """Chosen from the list."""
    team.asks(AMINA)
    team.office.deliver()
    team.office.answered("On Wednesday.")
    team.let_hear()
    team.say(BRUNO, "/status")
    team.press(BRUNO, "query")

    shown = team.field(BRUNO, "lines")
    assert ["question", "reply"] == [each["kind"] for each in shown]  # type: ignore[index, attr-defined]


@pytest.mark.parametrize("user", [CARLA, BRUNO])
def test_a_private_question_is_shown_to_nobody_else(team: Partners, user: str) -> None:
    """Neither its text nor that it exists."""
    private = team.asks(AMINA, "private: something for me alone")

    assert ["partners.no_such_query"] == team.say(user, f"/query {private.reference}")


def test_a_question_asked_for_another_organisation_is_not_shown_to_the_new_colleagues(team: Partners) -> None:
    """Who changes the organisation takes their questions along, not into its view."""
    team.change(CARLA, organisation="CSO-0001", connection=Connection.CONFIRMED)
    asked = team.asks(CARLA)
    team.change(CARLA, organisation=GARISSA)

    assert ["partners.no_such_query"] == team.say(BRUNO, f"/query {asked.reference}")


@pytest.mark.req("S0-O3b")
def test_words_that_were_handed_over_go_when_their_author_is_erased(team: Partners) -> None:
    """The question is closed, and whoever had it is told that it can be asked anew."""
    asked = team.asks(AMINA)
    left(team)
    team.say(AMINA, "/forgetme")
    team.press(AMINA, "erase")
    lines = team.run(lambda tx: queries.timeline(tx, asked.id))

    assert ("", Status.CLOSED) == (lines[0].text, team.query(asked.id).status)
    assert "partners.words_taken_back" == team.office.templates(BRUNO)[-1]


# Two addresses, one person.


def linked(team: Partners, owner: str = AMINA, other: str = DAVI) -> list[str]:
    """The owner asks for a code and the other address uses it."""
    team.say(owner, "/link")
    return team.say(other, f"/start {team.code(owner)}")


def test_a_code_joins_two_addresses(team: Partners) -> None:
    """What was asked on Slack is Amina's."""
    team.say(DAVI, "private: who coordinates?", replace(SURE, countries=("KE",)))
    linked(team)

    assert team.person(AMINA).id == team.person(DAVI).id == team.query(1).person


def test_the_answer_goes_where_it_was_asked(team: Partners) -> None:
    """On Slack, though Telegram is linked."""
    team.say(DAVI, "private: who coordinates?")
    team.say(DAVI, "Kenya", replace(SURE, countries=("KE",)))
    linked(team)
    team.office.deliver()
    team.office.answered("On Wednesday.")

    assert (1, 0) == tuple(team.office.templates(each).count("conversation.answer") for each in (DAVI, AMINA))


def test_the_owner_is_told_of_the_other_address(team: Partners) -> None:
    """Somebody else's hand would be noticed."""
    linked(team)

    assert "partners.linked_elsewhere" == team.office.templates(AMINA)[-1]


def test_a_code_works_once_and_for_minutes(team: Partners) -> None:
    """Used or late is the same: it is not valid, and nobody learns why."""
    team.say(AMINA, "/link")
    late = team.code(AMINA)
    team.office.later(minutes=16)
    first = team.say(DAVI, f"/start {late}")
    linked(team)
    used = team.code(AMINA) if "code" in team.office.messages(AMINA)[-1].fields else late
    again = team.say("U701", f"/start {used}")

    assert ["errors.bad_code"] == first == again


def test_a_code_for_the_other_platform_is_refused_here(team: Partners) -> None:
    """Amina's code is for Slack."""
    team.say(AMINA, "/link")

    assert ["errors.other_platform"] == team.say(CARLA, f"/start {team.code(AMINA)}")


def test_two_organisations_are_not_joined(team: Partners) -> None:
    """Both are confirmed; the code stays usable."""
    team.say(DAVI, "hello")
    team.change(DAVI, organisation="CSO-0001", connection=Connection.CONFIRMED)

    assert (["errors.link_two_organisations"], False) == (
        linked(team),
        team.person(AMINA).id == team.person(DAVI).id,
    )


def test_a_staff_role_is_never_gained_by_linking(team: Partners) -> None:
    """Neither by the owner of the code nor by whoever uses it."""
    staff = StaffRole(person=team.person(BRUNO).id, role=Role.ADMIN)
    team.run(lambda tx: people.add_role(tx, staff))

    assert ["errors.link_staff"] == team.say(BRUNO, "/link")
    assert ["errors.link_staff"] == linked(team, owner=AMINA, other="ULIA")


def test_an_erasure_names_every_number_the_person_had(team: Partners) -> None:
    """A backup from before the joining knows the other one too."""
    team.say(DAVI, "hello")
    before = team.person(DAVI).id
    linked(team)
    noted: list[int] = []
    team.office.setup = replace(team.office.setup, erased=lambda number, _at: noted.append(number))
    amina = team.person(AMINA).id
    team.say(AMINA, "/forgetme")
    team.press(AMINA, "erase")

    assert [amina, before] == noted


def test_consents_stay_with_the_person(team: Partners) -> None:
    """What was told on Slack is known of the one person."""
    team.say(DAVI, "private: who coordinates?")
    team.say(DAVI, "Kenya", replace(SURE, countries=("KE",)))
    linked(team)

    amina = team.person(AMINA).id
    kept = team.run(lambda tx: consents.of_person(tx, amina))
    assert ["told"] == [each.choice for each in kept]


def test_stop_holds_for_the_joined_person(team: Partners) -> None:
    """Whichever of the two said it."""
    team.say(DAVI, "/stop")
    linked(team)

    assert team.person(AMINA).stopped


def test_the_ledger_forgets_a_code_that_was_sent(team: Partners) -> None:
    """Only its hash is kept."""
    team.say(AMINA, "/link")
    team.office.deliver()

    assert "conversation.erased_text" == team.office.templates(AMINA)[-1]


def test_an_address_that_is_removed_is_a_stranger(team: Partners) -> None:
    """And is told so; the rest stays."""
    linked(team)
    team.say(AMINA, "/link")
    team.press(AMINA, "remove_address")
    told = team.office.templates(DAVI)[-1]
    team.say(DAVI, "/status")

    assert ("partners.unlinked_here", False) == (told, team.person(AMINA).id == team.person(DAVI).id)


# Invitations.


def test_a_colleague_is_invited_with_a_code(team: Partners) -> None:
    """Whoever uses it is confirmed."""
    team.say(AMINA, "/colleagues")
    team.press(AMINA, "invite_colleague")
    team.say(DAVI, f"/start {team.code(AMINA)}")

    assert (GARISSA, Connection.CONFIRMED) == (team.person(DAVI).organisation, team.person(DAVI).connection)


def invited(team: Partners, **about: object) -> str:
    """The code of an invitation by staff for a contact whom the office knows by name."""

    def work(tx: Transaction) -> str:
        known = Person(
            language="fr", organisation=GARISSA, name="Davi Mwangi", position="director", country="KE", source="console"
        )
        contact = people.add(tx, known, "telegram", "known by name", "")
        people.unlink(tx, contact.id, "telegram", "known by name")
        invitee = Invitee(organisation=GARISSA, person=contact.id, **about)  # type: ignore[arg-type]
        setup = team.office.setup
        return invitations.invite(tx, setup, command_line(setup.world), invitee, team.office.now, "command").code

    return team.run(work)


def test_an_invited_contact_becomes_the_person_with_what_was_known(team: Partners) -> None:
    """Organisation, name and position; the language is the invitation's, and is named."""
    code = invited(team, language="es")
    team.say(DAVI, f"/start {code}")
    davi = team.person(DAVI)

    assert ("Davi Mwangi", "director", GARISSA) == (davi.name, davi.position, davi.organisation)
    assert ("es", "es") == (davi.language, team.field(DAVI, "language"))


def test_an_invitation_for_the_other_platform_says_where_to_use_it(team: Partners) -> None:
    """Refused, and still good there."""
    code = invited(team, platform="telegram")
    refused = team.say(DAVI, f"/start {code}")

    assert (["errors.other_platform"], ["conversation.invited"]) == (refused, team.say("509", f"/start {code}"))


def test_a_contact_s_invitation_never_makes_staff_of_a_partner(team: Partners) -> None:
    """Whoever is staff is not joined with a contact."""
    assert ["errors.link_staff"] == team.say("ULIA", f"/start {invited(team)}")


def test_somebody_confirmed_elsewhere_is_asked_before_switching(team: Partners) -> None:
    """Yes: the old organisation is left."""
    team.change(CARLA, organisation="CSO-0001", connection=Connection.CONFIRMED)
    team.say(AMINA, "/colleagues")
    team.press(AMINA, "invite_colleague")
    asked = team.say(CARLA, f"/start {team.code(AMINA)}")
    before = team.person(CARLA).organisation
    team.press(CARLA, "yes_switch")

    assert (["partners.switch"], "CSO-0001", GARISSA) == (asked, before, team.person(CARLA).organisation)


# Who somebody is.


def test_what_we_have_of_a_person_is_corrected_by_button_and_answer(team: Partners) -> None:
    """Name and position, in their own words."""
    team.say(BRUNO, "/me")
    team.press(BRUNO, "my_name")
    team.say(BRUNO, "Bruno Salas")
    team.say(BRUNO, "/me")
    team.press(BRUNO, "my_position")
    team.say(BRUNO, "logistics")

    assert ("Bruno Salas", "logistics") == (team.person(BRUNO).name, team.person(BRUNO).position)


def test_a_name_can_be_taken_away(team: Partners) -> None:
    """Nothing of it is kept."""
    team.say(AMINA, "/me")
    team.press(AMINA, "my_name")
    team.press(AMINA, "remove_it")

    assert "" == team.person(AMINA).name


TYPES = ["NGO", "ADV", "MIG", "TUP", "MED", "RES", "FND"]


@pytest.mark.parametrize(
    ("number", "type_"),
    [pytest.param(place, each, marks=pytest.mark.req(f"S0-T{place}")) for place, each in enumerate(TYPES, 1)],
)
@pytest.mark.req("S0-T0")
def test_registration_ends_with_the_type_that_was_chosen_by_number(team: Partners, number: int, type_: str) -> None:
    """An organisation on no list becomes a proposal of that type, and the person its first contact."""
    team.say(CARLA, "/me")
    team.press(CARLA, "my_organisation")
    team.say(CARLA, "Tana River Beekeepers")
    team.say(CARLA, str(number))
    carla = team.person(CARLA)
    made = team.run(lambda tx: organisations.get(tx, carla.organisation))

    assert made is not None
    assert (type_, OrganisationStatus.PROPOSED, "chat", "KE") == (made.type, made.status, made.source, made.country)
    assert (Connection.CLAIMED, "Tana River Beekeepers") == (carla.connection, made.name)
