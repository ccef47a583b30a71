"""The router's rules: what opens no query, what is sensitive, when to ask, and whose desk it is. No model is needed."""

import numpy as np
import pytest

from bot.core.organisation import Level
from bot.core.routing import head, policy
from bot.core.routing.decision import Because, Choice
from bot.core.routing.gate import gate
from bot.core.routing.owner import first_route, owner
from bot.core.routing.reading import Confidence, Gate, Reading
from bot.core.routing.sensitive import looks_sensitive
from bot.core.routing.words import tidy
from config import world

OFFICE = world.load()


@pytest.mark.parametrize(
    "text",
    ["hello", "Bonjour !", "¡Buenos días a todos!", "السلام عليكم", "Bom dia", "Hujambo", "HI 👋", "Dear all, hello"],
)
def test_a_greeting_opens_no_query(text: str) -> None:
    """In each of the languages people greet in."""
    assert gate(tidy(text)) is Gate.GREETING


@pytest.mark.parametrize(
    "text", ["thanks!", "Merci beaucoup", "muchas gracias por su ayuda", "شكرا جزيلا", "asante sana"]
)
def test_thanks_open_no_query(text: str) -> None:
    """Nobody waits for an answer to thanks."""
    assert gate(tidy(text)) is Gate.THANKS


@pytest.mark.parametrize("text", ["", "   ", "👍", "…", "12"])
def test_a_sign_opens_no_query(text: str) -> None:
    """There is no word in it."""
    assert gate(tidy(text)) is Gate.EMPTY


@pytest.mark.parametrize("text", ["STOP", "arrêter les messages", "please delete my data", "/status"])
def test_a_command_opens_no_query(text: str) -> None:
    """Whole messages that tell the bot what to do."""
    assert gate(tidy(text)) is Gate.COMMAND


@pytest.mark.parametrize(
    "text",
    ["Hello, who coordinates shelter?", "Merci, et qui contacter ?", "hi there is a flood", "???", "thank the mission"],
)
def test_a_greeting_before_a_question_is_a_question(text: str) -> None:
    """Only whole messages count: nothing a CSO asks is lost."""
    assert gate(tidy(text)) is Gate.QUERY


@pytest.mark.parametrize(
    "text",
    [
        "A staff member asked a woman for sex in exchange for a tent",
        "I want to report fraud by an employee",
        "they make us pay to get on the distribution list",
        "He said he will kill me",
        "Un agent demande de l'argent pour inscrire les familles",
        "On m’a menacé et j’ai peur de parler",
        "Un empleado de un socio pide favores a las mujeres a cambio de ayuda",
        "Queremos denunciar acoso de un funcionario",
        "موظف يطلب المال مقابل تسجيل الأسر",
        "Um funcionário exige favores em troca de ajuda",
        "Сотрудник требует деньги за помощь",
    ],
)
@pytest.mark.req("S1-W11")
def test_an_allegation_is_seen(text: str) -> None:
    """By its words alone, in six languages, with accents or without."""
    assert looks_sensitive(tidy(text))


@pytest.mark.parametrize(
    "text",
    [
        "How can we refer a victim of trafficking?",
        "We run a project on preventing sexual exploitation of fishers, who is the technical contact?",
        "Recruitment fees for farm workers, who do we talk to?",
        "Comment orienter une victime de la traite ?",
        "¿Cómo remitimos a una posible víctima de trata?",
        "Training of border officials on human rights",
        "El volcán amenaza, ¿cómo planificamos juntos?",
    ],
)
def test_a_question_about_help_is_no_allegation(text: str) -> None:
    """Words of the theme without a report."""
    assert not looks_sensitive(tidy(text))


def read(*topics: tuple[str, float], confidence: Confidence = Confidence.CALIBRATED) -> Reading:
    return Reading(topics=topics, confidence=confidence)


def test_a_sure_reading_is_routed() -> None:
    """From 70 % on the bot acts by itself, and keeps up to three others at hand."""
    found = policy.decide(read(("shelter", 0.7), ("cccm", 0.2), ("avr", 0.05), ("iml", 0.03), ("mcd", 0.02)), OFFICE)
    assert (found.choice, found.topic) == (Choice.AUTO, "shelter")
    assert [topic for topic, _ in found.alternatives] == ["cccm", "avr", "iml"]


def test_an_unsure_reading_is_asked() -> None:
    """Below 70 % the CSO chooses; neither the confidential topic nor "unclear" is ever a button."""
    found = policy.decide(read(("shelter", 0.6), ("triage", 0.2), ("oversight", 0.04), ("cccm", 0.1)), OFFICE)
    assert (found.choice, found.topic, found.alternatives) == (Choice.ASK, "shelter", (("cccm", 0.1),))


def test_the_lexical_fallback_never_routes_by_itself() -> None:
    """Its numbers are no probabilities."""
    found = policy.decide(read(("shelter", 0.99), confidence=Confidence.BUTTONS_ONLY), OFFICE)
    assert found.choice is Choice.ASK


def test_out_of_scope_goes_to_the_entry_point() -> None:
    """The entry point finds a place for what fits no topic."""
    found = policy.decide(read(("triage", 0.8), ("shelter", 0.1)), OFFICE)
    route = first_route(OFFICE, found, "KE")
    assert (found.choice, found.topic) == (Choice.TRIAGE, "")
    assert route is not None
    assert (route.desk, route.because) == ("ipd", Because.NO_TOPIC)


def test_a_text_without_words_is_triage() -> None:
    """ "???" asks something, though nobody knows what."""
    assert policy.decide(read(), OFFICE).choice is Choice.TRIAGE


def test_a_greeting_has_no_owner() -> None:
    """No query, no desk."""
    found = policy.decide(Reading(gate=Gate.GREETING), OFFICE)
    assert found.choice is Choice.NONE
    assert first_route(OFFICE, found, "KE") is None


@pytest.mark.req("S1-W11")
def test_sensitive_comes_before_everything() -> None:
    """A sure topic does not matter then, and no alternative is shown."""
    found = policy.decide(Reading(topics=(("shelter", 0.99),), sensitive=True), OFFICE)
    assert (found.choice, found.topic, found.sensitive, found.alternatives) == (Choice.ASK, "oversight", True, ())


def test_the_routers_own_threshold_for_sensitive_is_low() -> None:
    """Five in a hundred are enough; the fallback's numbers count only when they put it first."""
    low = (("avr", 0.9), ("oversight", 0.05))
    assert policy.perhaps_sensitive(low, Confidence.CALIBRATED)
    assert not policy.perhaps_sensitive(low, Confidence.BUTTONS_ONLY)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Our team needs the CCCM focal point", "cccm"),
        ("cccm contact please", "cccm"),
        ("How do we apply for Observer Status?", "council"),
        ("IDM or IML?", ""),
        ("idm", ""),
        ("who coordinates shelter", ""),
    ],
)
def test_an_alias_names_its_topic(text: str, topic: str) -> None:
    """One alias decides, two do not, and a short one counts in capitals only."""
    assert policy.named_topic(text, OFFICE) == topic


def test_a_named_topic_leads_the_ranking() -> None:
    """The others share the rest."""
    ranked = policy.insist((("shelter", 0.6), ("cccm", 0.2), ("avr", 0.2)), "cccm")
    assert ranked[0] == ("cccm", policy.NAMED)
    assert sum(share for _, share in ranked) == pytest.approx(1)


@pytest.mark.parametrize(
    ("topic", "country", "level", "desk", "because"),
    [
        ("cccm", "KE", Level.NATIONAL, "mission-ke", Because.COUNTRY_AND_TOPIC),
        ("cccm", "NP", Level.LOCAL, "region-ap", Because.REGION_AND_TOPIC),
        ("cccm", "KE", Level.REGIONAL, "region-eha", Because.REGION_AND_TOPIC),
        ("cccm", "KE", Level.GLOBAL, "doe", Because.TOPIC),
        ("cccm", "AQ", Level.NATIONAL, "doe", Because.TOPIC),
        ("cccm", "", Level.UNKNOWN, "doe", Because.TOPIC),
        ("iml", "KE", Level.NATIONAL, "iml", Because.TOPIC),
        ("mandate-role", "KE", Level.NATIONAL, "icp", Because.TOPIC),
        ("climate", "AQ", Level.NATIONAL, "dmm", Because.TOPIC),
        ("oversight", "KE", Level.NATIONAL, "confidential-desk", Because.CONFIDENTIAL),
        ("triage", "KE", Level.NATIONAL, "ipd", Because.NO_TOPIC),
    ],
)
@pytest.mark.req("S1-D8")
@pytest.mark.req("S1-R5")
def test_the_owner_follows_the_offices_rules(
    topic: str, country: str, level: Level, desk: str, because: Because
) -> None:
    """Field first: mission, region, department, entry point; headquarters topics go there at once."""
    route = owner(OFFICE, topic, country, level)
    assert (route.desk, route.because) == (desk, because)


def test_a_chosen_topic_is_its_own_reason() -> None:
    """The desk stays the one the rules say."""
    route = owner(OFFICE, "cccm", "KE", because=Because.CHOSEN_TOPIC)
    assert (route.desk, route.because, route.fields) == (
        "mission-ke",
        Because.CHOSEN_TOPIC,
        {"topic": "cccm", "country": "KE"},
    )


def test_a_confidential_route_says_nothing_of_its_content() -> None:
    """No topic, no country."""
    assert owner(OFFICE, "oversight", "KE").fields == {}


def test_a_text_is_bounded_and_clean() -> None:
    """Marks without end, overrides and repetitions cost nothing; a line break is a space."""
    assert len(tidy("é" * 100_000)) < 10
    assert len(tidy("\ufdfa x" * 2_000)) <= 2_000
    assert tidy("a\u202e\u0000b\nc" + "\u0301" * 500) == "ab ć\u0301"


def test_the_head_learns_and_is_deterministic() -> None:
    """The same phrases give the same numbers; each row sums to one."""
    points = np.eye(6, dtype=np.float32).repeat(8, axis=0)
    labels = [f"topic {number}" for number in range(6) for _ in range(8)]
    first, second = head.train(points, labels), head.train(points, labels)
    assert [row[0][0] for row in first.ranked(points)] == labels
    assert np.array_equal(first.weights, second.weights)
    assert first.probabilities(points).sum(axis=1) == pytest.approx(1)
