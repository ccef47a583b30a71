"""The conversation: values in, values out."""

from dataclasses import replace

import pytest

from bot.core.conversation import state as states
from bot.core.conversation.state import Ask, Chosen, State
from bot.core.message import FileKind, FileRefusal, Happened, RefusedFile, Said, StoredFile, Unheard
from bot.core.organisation import Level, Organisation
from bot.core.person import Invitations, Staff
from bot.core.query import EntryKind, Status
from bot.core.routing.reading import Gate, Reading
from bot.core.turn import (
    AddToQuery,
    CloseQuery,
    EraseSealed,
    OpenQuery,
    PassSealed,
    RateQuery,
    ReopenQuery,
    RouteQuery,
    Say,
    SaySealed,
    Seal,
    SealedFate,
    SetCountry,
    SetInvitations,
    SetTimer,
    ShareRating,
)
from tests.unit.scenes import KNOWN, STRANGER, SURE, UNSURE, heard, of_kind, query, said, scene, told

VOICE = StoredFile("a" * 64, "voice.ogg", FileKind.VOICE, "audio/ogg", 1000, 14)
LETTER = StoredFile("b" * 64, "letter.pdf", FileKind.DOCUMENT, "application/pdf", 1000)
HARBOUR = Organisation(
    id="CSO-0001",
    name="Harbour Line Aid",
    acronym="HLA",
    type="NGO",
    level=Level.REGIONAL,
    country="KE",
    language="en",
    timezone="Africa/Nairobi",
)
ALLEGATION = replace(SURE, sensitive=True)


@pytest.mark.req("S0-C1")
def test_a_sure_question_from_a_known_country_is_routed_at_once() -> None:
    """No question stands between a CSO and its desk when nothing is missing."""
    turn = heard("Who coordinates site planning?", scene())

    assert [RouteQuery("telegram:1", "cccm")] == of_kind(turn, RouteQuery)


def test_the_country_is_asked_first_when_it_is_not_known() -> None:
    """The only thing asked before routing is the country."""
    turn = heard("Who coordinates site planning?", scene(STRANGER))

    assert ["conversation.which_country"] == told(turn)


def test_the_query_exists_before_the_country_is_known() -> None:
    """What was asked is never lost, whatever becomes of the question about the country."""
    turn = heard("Who coordinates site planning?", scene(STRANGER))

    assert "Who coordinates site planning?" == of_kind(turn, OpenQuery)[0].text


def test_a_typed_number_answers_the_latest_question() -> None:
    """ "1" means the first option offered."""
    asked = heard("Who coordinates?", scene(STRANGER))
    at = scene(STRANGER, key="telegram:2", queries=(query(1, Status.ASKED, opened_by="telegram:1"),))

    turn = heard("1", at, asked.state)

    assert [SetCountry("KE")] == of_kind(turn, SetCountry)


def test_a_country_in_words_answers_too() -> None:
    """Whoever works elsewhere writes the name."""
    asked = heard("Who coordinates?", scene(STRANGER))
    other = heard(Chosen("telegram:1/country", "other"), scene(STRANGER, key="telegram:2"), asked.state)
    reading = Reading(countries=("SN",))

    turn = heard("Senegal", scene(STRANGER, reading, key="telegram:3"), other.state)

    assert [SetCountry("SN")] == of_kind(turn, SetCountry)


def test_the_third_unknown_country_lets_the_question_go_on() -> None:
    """A country that nobody understands never holds a question back."""
    waiting = query(1, Status.ASKED, opened_by="telegram:1", country="", topics=SURE.topics)
    state = heard("Who coordinates?", scene(STRANGER)).state
    for step in range(2, 5):
        at = scene(STRANGER, Reading(), key=f"telegram:{step}", queries=(waiting,))
        turn = heard("Ruritania", at, state)
        state = turn.state

    assert [RouteQuery("telegram:1", "cccm")] == of_kind(turn, RouteQuery)


def test_an_unsure_router_offers_three_topics_and_none_of_these() -> None:
    """The CSO decides what the router cannot."""
    turn = heard("How do we take part?", scene(reading=UNSURE))
    say = next(effect for effect in turn.effects if isinstance(effect, Say))

    assert ["council", "idm-rcp", "ipd", "none"] == [option.value for option in say.options]


def test_none_of_these_goes_to_the_entry_point() -> None:
    """Unmatched text goes to IPD, never nowhere."""
    asked = heard("How do we take part?", scene(reading=UNSURE))
    at = scene(key="telegram:2", queries=(query(1, Status.ASKED, opened_by="telegram:1", topics=UNSURE.topics),))

    turn = heard("4", at, asked.state)

    assert ["triage"] == [route.topic for route in of_kind(turn, RouteQuery)]


def test_a_question_nobody_completed_goes_on_by_itself() -> None:
    """After a while without an answer the question is routed with what is known."""
    asked = heard("How do we take part?", scene(reading=UNSURE))
    at = scene(key="timer:1", queries=(query(1, Status.ASKED, opened_by="telegram:1", topics=UNSURE.topics),))

    turn = heard(Happened("unrouted", "telegram:1"), at, asked.state)

    assert ["triage"] == [route.topic for route in of_kind(turn, RouteQuery)]


def test_the_first_contact_is_told_what_is_kept() -> None:
    """With the first acknowledgement, not before the question is taken."""
    turn = heard("Who coordinates?", scene(replace(STRANGER, country="KE")))

    assert ["conversation.at_desk", "conversation.about_us", "conversation.which_organisation"] == told(turn)


@pytest.mark.parametrize("gate", [Gate.GREETING, Gate.THANKS, Gate.EMPTY])
def test_what_asks_nothing_opens_no_query(gate: Gate) -> None:
    """A greeting is answered, not filed."""
    turn = heard("Hello", scene(reading=Reading(gate=gate)))

    assert [] == of_kind(turn, OpenQuery)


def test_words_go_to_the_only_open_query() -> None:
    """One open query: what is written belongs to it."""
    turn = heard("Sorry, I mean the county", scene(queries=(query(1),)))

    assert ["telegram:q1"] == [add.about for add in of_kind(turn, AddToQuery)]


def test_a_question_that_is_clearly_something_else_is_asked_about() -> None:
    """A new question is not buried in an open one."""
    health = Reading(topics=(("health", 0.95),), language="en")

    turn = heard("Who screens for TB?", scene(reading=health, queries=(query(1),)))

    assert ["conversation.which_query"] == told(turn)


def test_with_two_open_queries_the_person_says_which() -> None:
    """Each message is bound to the right query, or asked about."""
    turn = heard("It is for a mailing", scene(queries=(query(1), query(2))))

    assert ["conversation.which_query"] == told(turn)


def test_the_words_that_waited_go_to_the_chosen_query() -> None:
    """The answer to "which question?" carries the words that were waiting."""
    at = scene(queries=(query(1), query(2)))
    asked = heard("It is for a mailing", at)

    turn = heard("2", replace(at, key="telegram:2"), asked.state)

    assert [("telegram:q2", "It is for a mailing")] == [(a.about, a.text) for a in of_kind(turn, AddToQuery)]


def test_an_answer_to_a_message_goes_to_its_query() -> None:
    """A reply is bound by the message it answers."""
    turn = heard("It is for a mailing", scene(queries=(query(1), query(2)), answered=query(2)))

    assert ["telegram:q2"] == [add.about for add in of_kind(turn, AddToQuery)]


def test_words_after_closing_are_asked_about() -> None:
    """A follow-up reopens what it is about, if the person says so."""
    closed = query(1, Status.CLOSED)
    asked = heard("And who takes minutes?", scene(reading=UNSURE, queries=(closed,)))

    turn = heard("1", scene(key="telegram:2", queries=(closed,)), asked.state)

    assert [ReopenQuery("telegram:q1")] == of_kind(turn, ReopenQuery)


def test_private_opens_a_query_that_colleagues_do_not_see() -> None:
    """The word "private" in front is enough."""
    turn = heard("Private: who handles our complaint?", scene(queries=(query(1),)))

    assert [("who handles our complaint?", True)] == [(o.text, o.private) for o in of_kind(turn, OpenQuery)]


def test_an_edit_is_shown_as_an_edit() -> None:
    """What was changed reaches the desk as a change."""
    turn = heard(replace(said("the county, not the town"), edited=True), scene(answered=query(1)))

    assert [EntryKind.EDIT] == [add.kind for add in of_kind(turn, AddToQuery)]


def test_an_unknown_kind_of_message_gets_a_sentence() -> None:
    """A sticker is not silence."""
    assert ["errors.cannot_take"] == told(heard(Unheard("sticker"), scene()))


def test_a_file_that_was_not_taken_is_named() -> None:
    """The words arrive, the file is refused by name with the way outside."""
    with_file = replace(said("see the letter"), files=(RefusedFile("huge.zip", FileRefusal.TOO_BIG),))

    turn = heard(with_file, scene(queries=(query(1),)))

    assert ["errors.file_too_big", "conversation.added"] == told(turn)


@pytest.mark.req("S1-W11")
def test_a_recording_is_asked_about_before_anybody_hears_it() -> None:
    """What cannot be searched for words may show a person at risk."""
    turn = heard(Said("", (VOICE,), "10"), scene(queries=(query(1),)))

    assert ["confidential.file_check"] == told(turn)


def test_a_harmless_recording_goes_to_its_query() -> None:
    """ "No, pass it on" passes it on."""
    at = scene(queries=(query(1),))
    asked = heard(Said("", (VOICE,), "10"), at)

    turn = heard("1", replace(at, key="telegram:2"), asked.state)

    assert [(VOICE,)] == [add.files for add in of_kind(turn, AddToQuery)]


def test_a_document_needs_no_check() -> None:
    """Documents are read by people who asked for them."""
    turn = heard(Said("", (LETTER,), "10"), scene(queries=(query(1),)))

    assert [(LETTER,)] == [add.files for add in of_kind(turn, AddToQuery)]


@pytest.mark.req("S1-W11")
def test_an_allegation_is_sealed_and_not_routed() -> None:
    """Nothing is passed to anybody before the person has chosen."""
    turn = heard("Somebody asks for favours", scene(reading=ALLEGATION))

    assert [Seal, SaySealed, SetTimer] == [type(effect) for effect in turn.effects]


@pytest.mark.parametrize(("typed", "fate"), [("1", SealedFate.PASSED_ON), ("3", SealedFate.NOT_CONFIDENTIAL)])
def test_only_the_confidential_desk_gets_it(typed: str, fate: SealedFate) -> None:
    """ "It is not confidential" never routes it by itself: the confidential desk looks first."""
    asked = heard("Somebody asks for favours", scene(reading=ALLEGATION))

    turn = heard(typed, scene(key="telegram:2"), asked.state)

    assert [PassSealed("telegram:1", fate)] == of_kind(turn, PassSealed)


def test_reporting_oneself_erases_what_was_sealed() -> None:
    """ "I report it myself" leaves nothing behind."""
    asked = heard("Somebody asks for favours", scene(reading=ALLEGATION))

    turn = heard("2", scene(key="telegram:2"), asked.state)

    assert [EraseSealed("telegram:1")] == of_kind(turn, EraseSealed)


def test_the_offer_is_repeated_once_and_then_passed_on() -> None:
    """Without an answer it stays sealed; after the second hour the confidential desk gets it."""
    state = heard("Somebody asks for favours", scene(reading=ALLEGATION)).state

    again = heard(Happened("no_answer", "telegram:1"), scene(key="timer:1"), state)
    last = heard(Happened("no_answer", "telegram:1"), scene(key="timer:2"), again.state)

    assert [PassSealed("telegram:1", SealedFate.NO_ANSWER)] == of_kind(last, PassSealed)


def test_the_next_message_after_safe_is_sealed_unread() -> None:
    """Whoever chose the confidential way is not asked whether it is confidential."""
    asked = heard("/safe", scene())

    turn = heard("what I saw", scene(key="telegram:2"), asked.state)

    assert [("telegram:2", "what I saw")] == [(seal.key, seal.text) for seal in of_kind(turn, Seal)]


def test_a_delivered_answer_is_asked_about() -> None:
    """After an answer the CSO says whether it was one."""
    turn = heard(Happened("answered", "telegram:q1"), scene(queries=(query(1, Status.ANSWERED),)))

    assert ["conversation.did_it_help"] == told(turn)


def test_yes_closes_and_asks_for_a_rating() -> None:
    """A good answer ends the query."""
    at = scene(queries=(query(1, Status.ANSWERED),))
    asked = heard(Happened("answered", "telegram:q1"), at)

    turn = heard("yes", replace(at, key="telegram:2"), asked.state)

    assert [CloseQuery("telegram:q1")] == of_kind(turn, CloseQuery)


def test_the_person_decides_who_sees_the_rating() -> None:
    """Stars are kept; the focal point sees them only by the person's word."""
    at = scene(queries=(query(1, Status.ANSWERED),))
    state = heard(Happened("answered", "telegram:q1"), at).state
    effects = []
    for step, typed in enumerate(("1", "5", "2"), 2):
        turn = heard(typed, replace(at, key=f"telegram:{step}"), state)
        state, effects = turn.state, [*effects, *turn.effects]

    assert [RateQuery("telegram:q1", 5), ShareRating("telegram:q1", False)] == [
        effect for effect in effects if isinstance(effect, RateQuery | ShareRating)
    ]


def test_an_organisation_is_offered_from_the_list() -> None:
    """A misspelt name finds the listed organisation."""
    state = heard("Who coordinates?", scene(replace(STRANGER, country="KE"))).state

    turn = heard("harbor line aid", scene(STRANGER, key="telegram:2", matches=(HARBOUR,)), state)

    assert ["CSO-0001", "other", "skip"] == [option.value for option in of_kind(turn, Say)[0].options]


def test_a_message_is_not_taken_for_a_name() -> None:
    """While the organisation is being asked, a question still is a question."""
    state = heard("Who coordinates?", scene(replace(STRANGER, country="KE"))).state
    at = scene(STRANGER, key="telegram:2", queries=(query(1, opened_by="telegram:1"),))

    turn = heard("Is there a meeting this week for shelter partners?", at, state)

    assert ["telegram:1"] == [add.about for add in of_kind(turn, AddToQuery)]


def test_consent_for_invitations_is_asked_apart() -> None:
    """Skipping the organisation leads to the question about invitations."""
    state = heard("Who coordinates?", scene(replace(STRANGER, country="KE"))).state
    skipped = heard("1", scene(STRANGER, key="telegram:2"), state)

    turn = heard("2", scene(STRANGER, key="telegram:3"), skipped.state)

    assert [SetInvitations(Invitations.ESSENTIAL)] == of_kind(turn, SetInvitations)


def test_a_number_too_high_is_said_so() -> None:
    """No dead end: the range is named."""
    state = heard("How do we take part?", scene(reading=UNSURE)).state

    assert ["errors.number_out_of_range"] == told(heard("9", scene(key="telegram:2"), state))


def test_an_old_button_is_said_to_be_over() -> None:
    """A press on something answered long ago changes nothing."""
    assert ["errors.old_button"] == told(heard(Chosen("telegram:0/topic", "ipd"), scene()))


def test_a_number_after_something_else_was_asked_does_not_reroute() -> None:
    """ "Not the right place?" is for its buttons once another question stands below it."""
    state = heard("Who coordinates?", scene(replace(STRANGER, country="KE"))).state

    turn = heard("1", scene(STRANGER, key="telegram:2"), state)

    assert [] == of_kind(turn, RouteQuery)


@pytest.mark.parametrize("text", ["STOP", "stop.", "Arrêter", "Alto", "parar"])
def test_stop_is_a_whole_message_in_every_language(text: str) -> None:
    """One word ends announcements, in the person's language."""
    assert ["conversation.stopped"] == told(heard(text, scene()))


def test_a_sentence_with_stop_in_it_is_a_message() -> None:
    """ "please stop by our office" ends nothing."""
    assert ["conversation.added"] == told(heard("please stop by our office on Friday", scene(queries=(query(1),))))


def test_status_says_no_text() -> None:
    """A phone may be shared: references only."""
    turn = heard("/status", scene(queries=(query(1),), excerpts={1: "Who coordinates"}))

    assert "Who" not in str(of_kind(turn, Say)[0].fields)


def test_an_unknown_command_names_help() -> None:
    """A typing error is no dead end."""
    assert ["errors.unknown_command"] == told(heard("/hlep", scene()))


def test_staff_are_pointed_to_their_desk() -> None:
    """What staff write privately is no query of a CSO."""
    assert ["desk.private_chat"] == told(heard("any news?", scene(staff=Staff(person=7, roles=()))))


def test_a_state_survives_its_json() -> None:
    """What waits between two messages is kept whole, files and probabilities included."""
    state = heard(Said("see", (VOICE,), "10"), scene(queries=(query(1),))).state

    assert state == states.from_json(states.to_json(state))


def test_a_state_of_another_version_starts_afresh() -> None:
    """An upgrade never stumbles over an old conversation."""
    assert State() == states.from_json({"version": 0, "prompts": [{"nonsense": True}]})


def test_the_oldest_open_questions_are_forgotten() -> None:
    """A conversation does not grow without end."""
    state = State()
    for number in range(20):
        state = state.asking(states.Prompt(f"{number}", Ask.TOPIC, ("ipd",), about=str(number)))

    assert states.MOST_PROMPTS == len(state.prompts)


def test_known_people_are_not_told_again() -> None:
    """The introduction comes once."""
    assert ["conversation.at_desk"] == told(heard("Who coordinates?", scene(KNOWN)))


# Faults that a review found, each with the scenario that showed it.


def test_a_document_after_safe_is_sealed_too() -> None:
    """ "Your next message goes to the confidential office" holds for files."""
    asked = heard("/safe", scene())

    turn = heard(Said("my boss asks", (LETTER,), "11"), scene(key="telegram:2"), asked.state)

    assert [(LETTER,)] == [seal.files for seal in of_kind(turn, Seal)]


def test_words_that_continue_an_allegation_are_sealed_with_it() -> None:
    """What is written while the offer stands belongs to the matter, detected or not."""
    offered = heard("Somebody asks for favours", scene(reading=ALLEGATION))

    turn = heard("His name is J. D., at the warehouse", scene(key="telegram:2"), offered.state)

    assert [("telegram:1", [])] == [(seal.key, of_kind(turn, OpenQuery)) for seal in of_kind(turn, Seal)]


def test_an_answer_in_between_does_not_open_the_confidential_way() -> None:
    """A question that comes later does not take the words meant for the confidential office."""
    at = scene(queries=(query(1, Status.ANSWERED),))
    asked = heard("/safe", at)
    covered = heard(Happened("answered", "telegram:q1"), replace(at, key="answered:1"), asked.state)

    turn = heard("what I saw", replace(at, key="telegram:2"), covered.state)

    assert ["what I saw"] == [seal.text for seal in of_kind(turn, Seal)]


def test_another_question_gets_out_of_the_confidential_way() -> None:
    """Nobody is caught in it."""
    offered = heard("Somebody asks for favours", scene(reading=ALLEGATION))
    more = heard("and who coordinates shelter?", scene(key="telegram:2"), offered.state)
    out = heard("5", scene(key="telegram:3"), more.state)

    turn = heard("Who coordinates shelter?", scene(key="telegram:4"), out.state)

    assert 1 == len(of_kind(turn, OpenQuery))


def test_safe_with_words_seals_them_at_once() -> None:
    """ "/safe my boss takes bribes" loses no word."""
    turn = heard("/safe my boss takes bribes", scene())

    assert ["my boss takes bribes"] == [seal.text for seal in of_kind(turn, Seal)]


def test_a_slash_does_not_hide_an_allegation() -> None:
    """Words behind an unknown command are words."""
    turn = heard("/my-boss asks women for favours", scene(reading=ALLEGATION))

    assert 1 == len(of_kind(turn, Seal))


def test_two_messages_that_wait_are_both_kept() -> None:
    """The second does not push the first out."""
    at = scene(queries=(query(1), query(2)))
    first = heard("message A", at)
    second = heard("message B", replace(at, key="telegram:2"), first.state)
    one = heard("1", replace(at, key="telegram:3"), second.state)

    turn = heard("1", replace(at, key="telegram:4"), one.state)

    assert ["message A"] == [add.text for add in of_kind(turn, AddToQuery)]


def test_an_allegation_outlives_many_questions() -> None:
    """An open offer is never forgotten to make room."""
    state = heard("Somebody asks for favours", scene(reading=ALLEGATION)).state
    for number in range(20):
        state = state.asking(states.Prompt(f"{number}", Ask.REROUTE, ("other",), about=str(number)))

    assert sensitive_prompt(state)


def sensitive_prompt(state: State) -> bool:
    return any(each.ask is Ask.CONFIDENTIAL for each in state.prompts)


def test_thanks_are_no_organisation() -> None:
    """ "Thanks a lot!" after the acknowledgement is thanks."""
    state = heard("Who coordinates?", scene(replace(STRANGER, country="KE"))).state
    thanks = scene(STRANGER, Reading(gate=Gate.THANKS), key="telegram:2")

    assert ["conversation.with_pleasure"] == told(heard("Thanks a lot!", thanks, state))


def test_a_name_on_no_list_is_asked_about() -> None:
    """ "We need 200 tents" is not taken for an organisation."""
    state = heard("Who coordinates?", scene(replace(STRANGER, country="KE"))).state
    at = scene(STRANGER, key="telegram:2", queries=(query(1, opened_by="telegram:1"),))
    asked = heard("We need 200 tents urgently", at, state)

    turn = heard("2", replace(at, key="telegram:3"), asked.state)

    assert ["We need 200 tents urgently"] == [add.text for add in of_kind(turn, AddToQuery)]


def test_words_at_the_country_question_are_kept() -> None:
    """What names no country still belongs to the question."""
    state = heard("Who coordinates?", scene(STRANGER)).state
    at = scene(STRANGER, Reading(), key="telegram:2", queries=(query(1, Status.ASKED, opened_by="telegram:1"),))

    turn = heard("It is for 200 families in Dadaab", at, state)

    assert ["It is for 200 families in Dadaab"] == [add.text for add in of_kind(turn, AddToQuery)]


def test_what_is_missing_reopens_what_was_closed_meanwhile() -> None:
    """ "Not yet" is no dead end."""
    at = scene(queries=(query(1, Status.ANSWERED),))
    asked = heard(Happened("answered", "telegram:q1"), at)
    missing = heard("2", replace(at, key="telegram:2"), asked.state)
    closed = scene(key="telegram:3", queries=(query(1, Status.CLOSED),))

    assert [ReopenQuery("telegram:q1")] == of_kind(heard("the address", closed, missing.state), ReopenQuery)


def test_an_edit_of_words_that_wait_replaces_them() -> None:
    """The changed words are passed on, not the old ones."""
    at = scene(queries=(query(1), query(2)))
    waiting = heard(Said("200 tents", message="10"), at)
    edited = heard(Said("300 tents", message="10", edited=True), replace(at, key="telegram:2"), waiting.state)

    turn = heard("1", replace(at, key="telegram:3"), edited.state)

    assert ["300 tents"] == [add.text for add in of_kind(turn, AddToQuery)]


def test_an_edit_of_what_asked_nothing_is_heard() -> None:
    """ "Hello" that became a question is a question."""
    edited = Said("Hello, who coordinates shelter?", message="10", edited=True)

    assert 1 == len(of_kind(heard(edited, scene()), OpenQuery))


def test_an_old_topic_choice_does_not_move_an_answered_query() -> None:
    """A button from yesterday changes nothing that is done."""
    asked = heard("How do we take part?", scene(reading=UNSURE))
    answered = scene(key="telegram:2", queries=(query(1, Status.ANSWERED, opened_by="telegram:1"),))

    assert ["conversation.already_answered"] == told(heard("1", answered, asked.state))


def test_a_query_carries_the_country_of_a_confirmed_organisation() -> None:
    """Routed by the country that was decided on."""
    nowhere = replace(KNOWN, country="")

    turn = heard("Who coordinates?", scene(nowhere, organisation=HARBOUR))

    assert ["KE"] == [opened.country for opened in of_kind(turn, OpenQuery)]


def test_later_words_are_ordinary_again() -> None:
    """An hour after the question how to get in touch, the chat is an ordinary one."""
    offered = heard("Somebody asks for favours", scene(reading=ALLEGATION))
    passed = heard("1", scene(key="telegram:2"), offered.state)
    later = heard(Happened("no_contact", "telegram:1"), scene(key="timer:1"), passed.state)

    assert 1 == len(of_kind(heard("Who coordinates?", scene(key="telegram:3"), later.state), OpenQuery))
