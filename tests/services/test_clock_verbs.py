"""What staff do about a promised time: asking back, sending word, putting off, sleeping on it, another class."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.absence import Absence
from bot.core.delivery import DeliveryState
from bot.core.message import Place, Pressed, Said, Submitted
from bot.core.query import EntryState, Query, Status
from bot.core.turn import FormNeeded, Immediate
from bot.core.verbs import Verb
from bot.services import absences as absence_service
from bot.services import promises, wakes
from storage import absences, queries
from storage.database import Database
from storage.sealing import ProcessSeal
from storage.tables import deliveries
from tests.services.office import Office, notices, open_office

#: Monday 10:00 in Nairobi; the mission works 08:30 to 17:00, the promise is nine working hours.
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
PROMISED = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path) -> Office:
    """A question at the Kenyan mission, claimed by the liaison and promised for Tuesday 10:30 (07:30 UTC)."""
    office = open_office(database, seal, tmp_path / "files", NOW)
    office.say("Who coordinates the camp?")
    office.deliver()
    office.staff_press("claim")
    office.deliver()
    return office


def do(office: Office, verb: Verb, user: str = "ULIA", **values: str) -> list[Immediate]:
    """Press the verb of the card and fill in its form."""
    board = office.token("verbs.claim").split(".")[0]
    token = f"{board}.{list(Verb).index(verb)}"
    shown = office.hear(office.event(user, Pressed(token, "1"), "C1", Place.GROUP))
    form = next((each for each in shown if isinstance(each, FormNeeded)), None)
    if form is None:
        return shown
    return office.hear(office.event(user, Submitted(form.token, dict(values)), "C1", Place.GROUP))


def ask_back(office: Office, words: str = "Which camp?") -> None:
    """And the question arrives."""
    do(office, Verb.ASK_BACK, text=words)
    arrive(office)


def arrive(office: Office) -> None:
    office.later(seconds=11)
    office.deliver()


def query(office: Office) -> Query:
    return office.database.run_sync(lambda tx: queries.get(tx, 1))


def events(office: Office) -> list[str]:
    lines = office.database.run_sync(lambda tx: queries.timeline(tx, 1))
    return [line.text for line in lines if line.kind == "event"]


def wake(office: Office) -> int:
    done = office.database.run_sync(lambda tx: wakes.look(tx, office.setup, office.now))
    office.deliver()
    return done


def until(office: Office, moment: str) -> None:
    office.now = datetime.fromisoformat(moment).replace(tzinfo=UTC)


def last(office: Office, template: str) -> dict[str, object]:
    return next(dict(each.fields) for each in reversed(office.messages()) if each.template == template)


# Asking back.


def test_a_question_that_arrived_stops_the_clock(office: Office) -> None:
    """Nothing is due, and the timeline says since when."""
    ask_back(office)
    now = query(office)
    assert (Status.WAITING, None, None, office.now) == (now.status, now.due_at, now.mark_at, now.waiting_since)
    assert "paused" in events(office)


def test_the_card_says_since_when_we_wait(office: Office) -> None:
    """In the thread nobody has to ask."""
    ask_back(office)
    assert office.now.isoformat() == last(office, "desk.card")["waiting"]


def test_until_it_left_the_clock_runs(office: Office) -> None:
    """Ten seconds to undo."""
    do(office, Verb.ASK_BACK, text="Which camp?")
    assert (Status.CLAIMED, PROMISED) == (query(office).status, query(office).due_at)


def test_a_question_taken_back_stops_nothing(office: Office) -> None:
    """Undo is undo."""
    do(office, Verb.ASK_BACK, text="Which camp?")
    office.staff_press("undo")
    arrive(office)
    assert (Status.CLAIMED, PROMISED) == (query(office).status, query(office).due_at)
    assert "conversation.asked_back" not in [each.template for each in sent(office)]


def sent(office: Office) -> list[sa.Row[tuple[str]]]:
    found = sa.select(deliveries.c.message["template"].as_string().label("template"))
    state = deliveries.c.state == DeliveryState.SENT
    return list(office.database.run_sync(lambda tx: tx.execute(found.where(state)).all()))


def test_the_answer_starts_the_clock_again(office: Office) -> None:
    """The rest of the time runs, the thread hears of it, and the CSO is told the new time."""
    ask_back(office)
    until(office, "2026-11-25T07:00:11")
    office.say("Dagahaley")
    now = query(office)
    assert (Status.CLAIMED, datetime(2026, 11, 26, 7, 30, tzinfo=UTC)) == (now.status, now.due_at)
    assert "resumed" in events(office)
    assert "desk.heard" in office.templates("C1")
    assert "conversation.heard" in office.templates("500")


@pytest.mark.parametrize("words", ["ok", "thanks"])
def test_a_short_word_is_an_answer_too(office: Office, words: str) -> None:
    """Where we wait for a word, thanks are no small talk."""
    ask_back(office, "How many people?")
    office.say(words)
    assert Status.CLAIMED is query(office).status


def test_what_the_cso_changes_is_an_answer_too(office: Office) -> None:
    """Some put right what they wrote instead of writing again."""
    office.hear(office.event("500", Said("More about it", message="900")))
    ask_back(office)
    office.hear(office.event("500", Said("More about it: Dagahaley", message="900", edited=True)))
    assert Status.CLAIMED is query(office).status


def test_what_the_cso_wrote_meanwhile_may_be_the_answer(office: Office) -> None:
    """Words crossed: the question arrives, and the clock runs on."""
    do(office, Verb.ASK_BACK, text="Which camp?")
    office.later(seconds=5)
    office.say("It is Dagahaley.")
    arrive(office)
    assert (Status.CLAIMED, PROMISED) == (query(office).status, query(office).due_at)


def test_a_question_that_was_refused_stops_nothing(office: Office) -> None:
    """Whoever wrote it is told; the time runs on."""
    do(office, Verb.ASK_BACK, text="Which camp?")
    office.later(seconds=11)
    office.deliver(DeliveryState.UNREACHABLE, "conversation.asked_back")
    assert (Status.CLAIMED, PROMISED) == (query(office).status, query(office).due_at)
    assert "asked_back" == last(office, "desk.answer_failed")["kind"]


def test_the_deputy_has_what_the_cso_answers(office: Office) -> None:
    """The holder is away by then, and nobody waits for an empty chair."""
    ask_back(office)
    liaison = query(office).holder
    away(office, liaison, liaison + 1)
    office.say("Dagahaley")
    assert (Status.CLAIMED, liaison + 1) == (query(office).status, query(office).holder)


def test_without_a_deputy_the_desk_has_it(office: Office) -> None:
    """Somebody has to claim it."""
    ask_back(office)
    away(office, query(office).holder)
    office.say("Dagahaley")
    assert (Status.NEW, 0) == (query(office).status, query(office).holder)
    assert last(office, "desk.heard")["held"] is False


def away(office: Office, person: int, deputy: int = 0) -> None:
    gone = Absence(person=person, begins=office.now, ends=datetime(2026, 12, 24, tzinfo=UTC), deputy=deputy)
    office.database.run_sync(lambda tx: absences.add(tx, gone))


def test_a_question_that_was_kept_back_goes_as_a_question(office: Office) -> None:
    """Its writer left in its ten seconds; whoever has it now sends it, and no answer was given."""
    do(office, Verb.ASK_BACK, text="Which camp?")
    liaison = query(office).holder
    leave = Absence(person=liaison, begins=office.now, ends=datetime(2026, 12, 24, tzinfo=UTC), deputy=liaison + 1)
    office.database.run_sync(lambda tx: absence_service.begin(tx, office.setup, leave, office.now))
    office.deliver()
    office.staff_press("send_note", "UBAK")
    arrive(office)
    assert (Status.WAITING, None) == (query(office).status, query(office).first_answered_at)


def test_silence_is_followed_up_once_each(office: Office) -> None:
    """The CSO after three days, the holder after seven, the desk after fourteen."""
    ask_back(office)
    told = []
    for _ in range(20):
        office.later(days=1)
        wake(office)
        wake(office)
        templates = [each.template for each in office.messages()]
        told.append((templates.count("conversation.still_waiting"), templates.count("desk.no_reply")))
    assert [(0, 0), (1, 0), (1, 1), (1, 2), (1, 2)] == [told[day] for day in (1, 2, 6, 13, 19)]


def test_the_reminder_lets_the_cso_sleep(office: Office) -> None:
    """It waits for the morning, and is taken back where the CSO has written by then."""
    until(office, "2026-11-23T19:30")
    ask_back(office)
    office.later(days=3)
    wake(office)
    office.say("Dagahaley")
    office.later(hours=12)
    office.deliver()
    assert "conversation.still_waiting" not in [each.template for each in sent(office)]


def test_after_downtime_everything_is_told_once(office: Office) -> None:
    """Two weeks later: the CSO, the holder and the desk."""
    ask_back(office)
    office.later(days=15)
    assert [1, 0] == [wake(office) for _ in range(2)]
    templates = [each.template for each in office.messages()]
    assert (1, 2) == (templates.count("conversation.still_waiting"), templates.count("desk.no_reply"))


# Word that is no answer.


def test_an_update_promises_the_next_word(office: Office) -> None:
    """What the CSO was told is what is kept; an answer it was not."""
    do(office, Verb.UPDATE, text="We asked the county.")
    arrive(office)
    now = query(office)
    assert now.due_at is not None
    assert now.due_at.isoformat() == last(office, "conversation.update")["due"]
    assert (True, None, Status.CLAIMED) == (now.next_word, now.first_answered_at, now.status)


def test_a_late_answer_is_late_whatever_came_before(office: Office) -> None:
    """An update does not make the first answer one within the promise."""
    do(office, Verb.UPDATE, text="We asked the county.")
    arrive(office)
    until(office, "2026-11-24T09:00")
    office.answered()
    assert PROMISED == query(office).broken_at


def test_an_answer_in_time_is_in_time(office: Office) -> None:
    """With an update before it."""
    do(office, Verb.UPDATE, text="We asked the county.")
    arrive(office)
    office.answered()
    assert query(office).broken_at is None


def test_an_update_opens_what_was_answered(office: Office) -> None:
    """More is promised: somebody has it, and a time runs."""
    office.answered()
    do(office, Verb.UPDATE, text="The rest comes.")
    arrive(office)
    now = query(office)
    assert (Status.CLAIMED, True) == (now.status, now.clock_since is not None)
    assert now.holder


# Putting off.


def test_a_later_time_is_told_with_its_reason(office: Office) -> None:
    """Old and new time, on the timeline too."""
    do(office, Verb.PUT_OFF, until="2026-11-26 10:00", text="The county has a holiday.")
    assert datetime(2026, 11, 26, 7, tzinfo=UTC) == query(office).due_at
    said = last(office, "conversation.put_off")
    assert ("The county has a holiday.", PROMISED.isoformat()) == (said["reason"], said["before"])
    assert "put_off" in events(office)


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        ("2026-11-24 09:00", "errors.promise_backwards"),
        ("2026-11-23 09:00", "errors.moment_past"),
        ("2027-03-01 10:00", "errors.too_far_ahead"),
    ],
)
def test_a_time_that_cannot_be_promised_is_refused(office: Office, moment: str, why: str) -> None:
    """The promise stands, and the reason that was typed is kept as a note."""
    shown = do(office, Verb.PUT_OFF, until=moment, text="The county has a holiday.")
    assert [why, "desk.kept_as_note"] == notices(shown)
    assert PROMISED == query(office).due_at


def test_nothing_is_put_off_while_we_wait(office: Office) -> None:
    """No time runs: it says so."""
    ask_back(office)
    shown = do(office, Verb.PUT_OFF, until="2026-11-26 10:00", text="Later.")
    assert "errors.clock_stands" in notices(shown)


# Sleeping on it.


def test_a_sleeping_query_wakes_once(office: Office) -> None:
    """Its holder is told when they wanted."""
    do(office, Verb.SNOOZE, until="2026-11-23 15:00")
    assert datetime(2026, 11, 23, 12, tzinfo=UTC) == query(office).snoozed_until
    until(office, "2026-11-23T12:00")
    assert [1, 0] == [wake(office) for _ in range(2)]
    assert (None, 1) == (query(office).snoozed_until, [each.template for each in office.messages()].count("desk.slept"))


def test_a_note_wakes_it(office: Office) -> None:
    """Whoever does something with it has seen it."""
    do(office, Verb.SNOOZE, until="2026-11-23 15:00")
    office.note("I asked the county.")
    until(office, "2026-11-23T12:00")
    wake(office)
    assert "desk.slept" not in [each.template for each in office.messages()]


def test_the_cso_wakes_it(office: Office) -> None:
    """It wrote: the card says nothing of sleep any more."""
    do(office, Verb.SNOOZE, until="2026-11-23 15:00")
    office.say("And who takes minutes?")
    assert (None, "") == (query(office).snoozed_until, last(office, "desk.card")["asleep"])


def test_the_promise_wakes_it(office: Office) -> None:
    """Half of the time has passed: the reminder comes all the same."""
    do(office, Verb.SNOOZE, until="2026-11-24 15:00")
    until(office, "2026-11-23T11:31")
    office.database.run_sync(lambda tx: promises.look(tx, office.setup, office.now))
    assert query(office).snoozed_until is None
    assert "desk.mark_holder" in [each.template for each in office.messages()]


def test_the_past_is_no_time_to_sleep_until(office: Office) -> None:
    """Refused, with the next step."""
    assert ["errors.moment_past"] == notices(do(office, Verb.SNOOZE, until="2026-11-23 09:00"))


# Another class.


def test_a_higher_class_promises_sooner(office: Office) -> None:
    """Six working hours from the question on, and the CSO is told."""
    do(office, Verb.PRIORITY, policy="priority", text="Floods.")
    assert ("priority", datetime(2026, 11, 23, 13, tzinfo=UTC)) == (query(office).policy, query(office).due_at)
    assert "Floods." == last(office, "conversation.priority")["reason"]


def test_the_card_says_that_staff_set_the_class(office: Office) -> None:
    """And why."""
    do(office, Verb.PRIORITY, policy="priority", text="Floods.")
    card = last(office, "desk.card")
    assert ("priority", "Floods.") == (card["policy"], card["policy_reason"])


def test_a_higher_class_never_promises_later(office: Office) -> None:
    """Most of the time is used up: the promised time stays."""
    until(office, "2026-11-24T07:00")
    do(office, Verb.PRIORITY, policy="priority", text="Floods.")
    assert PROMISED == query(office).due_at


def test_a_lower_class_is_an_explicit_later_time(office: Office) -> None:
    """Back to the usual nine hours."""
    do(office, Verb.PRIORITY, policy="priority", text="Floods.")
    do(office, Verb.PRIORITY, policy="standard", text="No floods.")
    assert PROMISED == query(office).due_at


def test_a_pause_does_not_count_in_another_class(office: Office) -> None:
    """A day of waiting for the CSO is no day of ours."""
    ask_back(office)
    until(office, "2026-11-24T07:00:11")
    office.say("Dagahaley")
    do(office, Verb.PRIORITY, policy="priority", text="Floods.")
    assert datetime(2026, 11, 24, 13, tzinfo=UTC) <= (query(office).due_at or NOW) <= PROMISED + timedelta(hours=6)


def test_urgent_goes_to_a_desk_with_a_duty(office: Office) -> None:
    """As when it is routed; the CSO is told where and until when."""
    do(office, Verb.PRIORITY, policy="urgent", text="People are at risk of cholera.")
    assert ("doe", Status.NEW, "no_duty") == (query(office).desk, query(office).status, query(office).because)
    assert last(office, "conversation.priority")["moved"] is True


@pytest.mark.parametrize("policy", ["standard", "confidential", "no-such"])
def test_some_classes_cannot_be_given(office: Office, policy: str) -> None:
    """The one it has, the confidential one, and one that is none."""
    assert "errors.same_class" in notices(do(office, Verb.PRIORITY, policy=policy, text="Why not."))


# The end.


def test_what_is_not_closed_in_time_is_told(office: Office) -> None:
    """Its holder at the promised end, the desk a day later; once each."""
    do(office, Verb.UPDATE, text="We asked the county.")
    arrive(office)
    ends = query(office).resolve_by
    assert ends is not None
    told = []
    for moment in (ends - timedelta(minutes=1), ends, ends, ends + timedelta(days=1), ends + timedelta(days=9)):
        office.now = moment
        wake(office)
        told.append([each.template for each in office.messages()].count("desk.unresolved"))
    assert [0, 1, 1, 2, 2] == told


def test_a_pause_moves_the_end(office: Office) -> None:
    """What we wait for is not our delay."""
    ends = query(office).resolve_by
    ask_back(office)
    office.later(days=2)
    office.say("Dagahaley")
    moved = query(office).resolve_by
    assert ends is not None
    assert moved is not None
    assert moved > ends


def test_what_is_answered_is_not_called_open(office: Office) -> None:
    """The rest is the CSO's to say."""
    office.answered()
    office.later(days=30)
    wake(office)
    assert "desk.unresolved" not in [each.template for each in office.messages()]


@pytest.mark.parametrize("verb", [Verb.ASK_BACK, Verb.UPDATE, Verb.PUT_OFF, Verb.SNOOZE])
def test_a_colleague_who_does_not_have_it_is_stopped_before_typing(office: Office, verb: Verb) -> None:
    """No form opens."""
    assert ["errors.held_by_other"] == notices(do(office, verb, "UBAK"))


def test_what_was_asked_back_is_shown_at_the_next_desk(office: Office) -> None:
    """The whole history goes along."""
    ask_back(office)
    do(office, Verb.REASSIGN, desk="region-eha", text="They know the camp.")
    line = office.database.run_sync(lambda tx: next(e for e in queries.timeline(tx, 1) if e.kind == "asked_back"))
    assert ("region-eha", Status.NEW, EntryState.DONE) == (query(office).desk, query(office).status, line.state)
    assert query(office).clock_since is not None
