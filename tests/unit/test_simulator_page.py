"""The simulator page without a browser: its words, its markup, its guard, what it loads."""

import hashlib
import string

import pytest
from starlette.datastructures import Headers

from adapters.simulator.page_guard import ALLOWED_HOSTS, host_name, same_origin
from adapters.simulator.page_slack import mrkdwn
from adapters.simulator.page_telegram import formatted
from adapters.simulator.page_view import View, read_view
from adapters.simulator.page_words import FOLDER, languages, preferred, questions, words

VENDOR = FOLDER.parent / "vendor"


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", ["fr", "es"])
def test_every_language_has_every_word_with_the_same_fields(language: str) -> None:
    """No word of the page is missing anywhere, and none asks for what it is not given."""
    english, other = words("en").texts, words(language).texts
    assert list(other) == list(english)
    assert {key: _fields(text) for key, text in other.items()} == {key: _fields(text) for key, text in english.items()}


def test_ready_questions_come_in_six_languages() -> None:
    """English, French, Spanish, Arabic, Portuguese, Swahili; only Arabic runs from the right."""
    found = {each.language: each.rtl for group in questions().values() for each in group}
    assert found == {"en": False, "fr": False, "es": False, "ar": True, "pt": False, "sw": False}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("fr-CH,fr;q=0.9,en;q=0.8", "fr"), ("de-DE,es;q=0.5", "es"), ("sw", "en"), ("", "en")],
)
def test_the_browser_chooses_the_language(accepted: str, language: str) -> None:
    """The first language that the page knows, else English."""
    assert preferred(accepted) == language
    assert language in languages()


def test_what_is_loaded_is_what_the_list_says() -> None:
    """Version and SHA-256 of every vendored file stand beside it."""
    lines = [line.split() for line in (VENDOR / "VERSIONS.txt").read_text().splitlines() if not line.startswith("#")]
    listed = {name: digest for _, _, _, digest, name in lines}
    kept = {file.name for file in VENDOR.iterdir() if file.suffix in (".js", ".css")}
    assert kept == set(listed)
    assert {name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in kept} == listed


def test_the_templates_hold_no_script_and_no_style() -> None:
    """Everything comes from files, so that the page's policy needs no exception."""
    for file in FOLDER.glob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert " style=" not in text
        assert " onclick=" not in text
        assert "<script>" not in text
        assert "<style" not in text


def test_entities_count_utf16_units_and_nest() -> None:
    """An emoji counts two; what people wrote is escaped."""
    entities = [
        {"type": "bold", "offset": 3, "length": 7},
        {"type": "italic", "offset": 5, "length": 3},
        {"type": "text_link", "offset": 11, "length": 4, "url": "https://example.org/?a=1&b=2"},
    ]
    link = '<a href="https://example.org/?a=1&amp;b=2" rel="noopener noreferrer" target="_blank">link</a>'
    assert formatted("🏕 <b> cd> link", entities) == f"🏕 <b>&lt;b<i>&gt; c</i>d&gt;</b> {link}"


def test_a_link_with_another_scheme_is_plain_text() -> None:
    """Nothing that a message says can run."""
    entity = {"type": "text_link", "offset": 0, "length": 2, "url": "javascript:alert(1)"}
    assert formatted("hi", [entity]) == "hi"
    assert "<a" not in mrkdwn("<javascript:alert(1)|hi>", {})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*Q-0001* · new", "<b>Q-0001</b> · new"),
        ("a*b*c and 2 * 3 * 4", "a*b*c and 2 * 3 * 4"),
        ("`*x*` _y_ ~z~", "<code>*x*</code> <i>y</i> <s>z</s>"),
        ("&lt;script&gt; &amp; <@U1>", '&lt;script&gt; &amp; <span class="mention">@Basile</span>'),
        ("> one\n> two\nthree", "<blockquote>one\ntwo</blockquote>\nthree"),
    ],
)
def test_slack_markup_becomes_html(text: str, shown: str) -> None:
    """Marks, mentions and quotes as Slack shows them, everything else escaped."""
    assert mrkdwn(text, {"U1": "Basile"}) == shown


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1:8080", True),
        ("localhost", True),
        ("[::1]:8080", True),
        ("demo.example:8080", False),
        ("127.0.0.1.demo.example", False),
        ("", False),
    ],
)
def test_only_names_of_this_machine_are_answered(host: str, allowed: bool) -> None:
    """A page elsewhere cannot reach the demo under a name of its own."""
    assert (host_name(host) in ALLOWED_HOSTS) is allowed


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ({"host": "localhost:1", "origin": "http://localhost:1"}, True),
        ({"host": "localhost:1", "origin": "http://localhost:2"}, False),
        ({"host": "localhost:1", "origin": "null"}, False),
        ({"host": "localhost:1"}, False),
        ({"host": "localhost:1", "sec-fetch-site": "same-origin"}, True),
        ({"host": "localhost:1", "origin": "http://localhost:1", "sec-fetch-site": "same-site"}, False),
    ],
)
def test_only_the_page_itself_may_act(headers: dict[str, str], same: bool) -> None:
    """The browser says where a request comes from; without a word it is refused."""
    assert same_origin(Headers(headers)) is same


def test_a_view_survives_its_address() -> None:
    """What is looked at stands in the address; nonsense there is left out; another channel closes the thread."""
    view = View("backup", "C0DESK001", "1.2", 0, 3)
    assert view.but(channel="C2") == "persona=backup&channel=C2&about=3"
    assert read_view({"persona": "backup", "channel": "C0DESK001", "root": "1.2", "about": "3"}) == view
    assert read_view({"persona": "nobody", "topic": "x" * 99, "about": "-1"}) == View()
