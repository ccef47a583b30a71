"""The reader on the shipped world: quality, speed on hostile input, languages and countries."""

import csv
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.countries import Countries, country_name
from adapters.encoder import LexicalEncoder, SentenceEncoder
from adapters.language import Languages
from bot.cli.route_eval import measure, read
from bot.core.routing.policy import decide
from bot.core.routing.reading import Confidence, Gate
from bot.reader import Reader
from config import world

OFFICE = world.load()
LABELLED = world.DEFAULT / "labelled_queries.csv"


@pytest.fixture(scope="module")
def countries() -> Countries:
    return Countries(OFFICE.office.content_languages, OFFICE.region_of)


@pytest.fixture(scope="module")
def languages() -> Languages:
    return Languages(OFFICE.office.content_languages)


@pytest.fixture(scope="module")
def reader(countries: Countries, languages: Languages) -> Reader:
    return Reader(OFFICE, SentenceEncoder(), languages, countries)


def test_the_router_does_not_get_worse(reader: Reader) -> None:
    """Floors a little under what was measured (82, 92, 95 at 45 of 100); the goals lie higher."""
    report = measure(read(LABELLED, OFFICE), reader, OFFICE)
    assert report.total.top1 >= 0.80
    assert report.total.top3 >= 0.90
    assert report.total.auto_precision >= 0.92
    assert report.total.auto_coverage >= 0.42


@pytest.mark.req("S1-W11")
def test_allegations_are_found_with_few_false_alarms(reader: Reader) -> None:
    """At least 95 of 100 found, at most 6 of 100 others held back. The patterns were written knowing these texts:
    this guards what was reached and says nothing of unseen ones.
    """
    report = measure(read(LABELLED, OFFICE), reader, OFFICE)
    assert report.sensitive_recall >= 0.95
    assert report.false_alarms <= 0.06


def test_no_labelled_query_is_learnt() -> None:
    """Word for word, that is; paraphrases must be kept out by whoever writes phrases."""
    with LABELLED.open(encoding="utf-8", newline="") as file:
        labelled = {row["text"].casefold() for row in csv.DictReader(file)}
    assert not labelled & {example.text.casefold() for example in OFFICE.examples}


@pytest.mark.parametrize(
    "text",
    [
        "\u0651" * 2_000,
        "\ufdfa" * 100_000,
        "a\u0301" * 50_000,
        "\U0001f468\u200d" * 50_000,
        "x " * 50_000,
        "\ud800 lone surrogate",
        "\u202eevil\u202c " * 500,
        "".join(chr(0x4E00 + number) for number in range(2_000)),
    ],
)
def test_hostile_text_is_read_in_bounded_time(reader: Reader, text: str) -> None:
    """Whatever it is, it is read within a second and routed nowhere by itself without words."""
    start = time.perf_counter()
    reading = reader.read(text)
    assert time.perf_counter() - start < 1
    assert reading.gate in Gate


def test_many_threads_read_the_same(reader: Reader) -> None:
    """The reader is called from worker threads."""
    texts = ["Who coordinates shelter?", "¿Cómo pedir el estatuto de observador?", "Qui dirige la mission ?"] * 10
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(reader.read, texts))
    assert found == [reader.read(text) for text in texts]


def test_the_alias_decides(reader: Reader) -> None:
    """CCCM is camp coordination, whatever stands around it."""
    assert reader.read("Journalists ask about the logo of CCCM").topics[0][0] == "cccm"


def test_the_lexical_reader_only_offers(languages: Languages, countries: Countries) -> None:
    """Without the sentence encoder the bot still proposes topics, and asks."""
    reading = Reader(OFFICE, LexicalEncoder(), languages, countries).read("Who coordinates the shelter cluster?")
    assert (reading.confidence, reading.topics[0][0]) == (Confidence.BUTTONS_ONLY, "shelter")
    assert decide(reading, OFFICE).choice == "ask"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Who is the focal point for shelter?", "en"),
        ("Qui coordonne les abris d'urgence ?", "fr"),
        ("¿Quién coordina los albergues?", "es"),
        ("نحتاج إلى معلومات عن مجموعة المأوى", "ar"),
        ("Quem trata da migração laboral para a África do Sul?", ""),
        ("ok", ""),
        ("", ""),
    ],
)
def test_the_language_is_the_offices_or_unclear(languages: Languages, text: str, language: str) -> None:
    """A language the office does not write, and a word too short to tell, are unclear."""
    assert languages.detect(text) == language


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("We work in Chad and Libya", ("TD", "LY")),
        ("I had a chat about turkey and a jersey", ()),
        ("An office in Papua New Guinea", ("PG",)),
        ("évacuation des rapatriés de Libye et de Côte d'Ivoire", ("LY", "CI")),
        ("Réunion de coordination au Niger", ("NE",)),
        ("كيف يمكننا التواصل مع البعثة في ليبيا؟", ("LY",)),
        ("Un proyecto en los Estados Unidos y Perú", ("US", "PE")),
        ("the DRC", ("CD",)),
    ],
)
def test_countries_are_found_by_whole_names(countries: Countries, text: str, codes: tuple[str, ...]) -> None:
    """In the office's languages, the longest name first, no everyday words."""
    assert countries.find(text) == codes


def test_the_own_country_is_no_proposal(reader: Reader) -> None:
    """Only other countries are worth a question."""
    assert reader.read("We work in Chad and Libya, whom do we ask about evacuation?", "TD").countries == ("LY",)


def test_a_country_stands_in_an_english_sentence_with_its_article() -> None:
    """ "You work in the Philippines"; an unknown code stays as it is."""
    assert [country_name(code, "en") for code in ("PH", "KE", "Q7")] == ["the Philippines", "Kenya", "Q7"]


@pytest.mark.parametrize("text", ["Uganda", "Uganda Red Cross", "Women for Peace", "Croix-Rouge du Tchad"])
def test_a_name_alone_is_no_allegation(reader: Reader, text: str) -> None:
    """The answer to "which country?" or "which organisation?" is not held back."""
    assert reader.read(text).sensitive is False


@pytest.mark.parametrize("text", ["sexual abuse", "fraude", "corrupción aquí"])
def test_an_allegation_of_two_words_is_one(reader: Reader, text: str) -> None:
    """Patterns know the words, however few they are."""
    assert reader.read(text).sensitive is True
