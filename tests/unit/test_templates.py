"""What the bot says in every language: the same messages, well formed and within what the channels take."""

import html
import re
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

import jinja2
import pytest
import yaml
from jinja2 import meta, nodes

from adapters.renderer import FOLDER, Renderer
from bot.core.message import Button, Fields, Message, Value
from config import world

LANGUAGES = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())
TRANSLATED = [language for language in LANGUAGES if language != "en"]
FILES = sorted(FOLDER.glob("*/*.yaml"))

LONGEST_BUTTON = 75
LONGEST_FORM_TITLE = 24
LONGEST_MENU_ENTRY = 256
#: The titles of forms, and what stands on their two buttons.
FORM_TITLE = re.compile(r"^forms\.(\w+_title|send|save|cancel)$")
#: Tags that every channel can show.
TAGS = {"a", "b", "i", "code"}
#: Not sentences but patterns of times.
PATTERNS = "names.pattern_"
#: The router's reasons are set with plain spaces.
REASONS = "routing."

_CODE = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_VALUE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_TAG = re.compile(r"<\s*/?\s*([A-Za-z][\w-]*)[^>]*>")
_LOOSE_MARK = re.compile(r"[^\u00a0\u202f.?!][;:?!](?![\d/])")
_LOOSE_QUOTE = re.compile(r"«(?![\u202f\u00a0])|(?<![\u202f\u00a0])»")


def load(language: str) -> dict[str, str]:
    """Every template of a language as it is written, by "file.key"."""
    return {f"{file.stem}.{key}": text for file in FILES if file.parent.name == language for key, text in written(file)}


def written(file: Path) -> Iterator[tuple[str, str]]:
    """Keys and texts as they stand in the file, before YAML makes anything else of them."""
    tree = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    assert isinstance(tree, yaml.MappingNode)
    for key, text in tree.value:
        yield key.value, text.value


SOURCES = {language: load(language) for language in LANGUAGES}


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    """The renderer with the world that the product ships."""
    return Renderer(world.load(), {"telegram": "telegram"})


def templates(*languages: str) -> Iterator[tuple[str, str, str]]:
    """Language, name and text of every template."""
    for language in languages or LANGUAGES:
        for name, text in SOURCES[language].items():
            yield language, name, text


def shown(text: str) -> str:
    """What is read, whichever way the conditions go, with a letter for every value."""
    return _CODE.sub("", _VALUE.sub("x", text))


def parts(environment: jinja2.Environment, text: str) -> set[str]:
    """The variables of a template, and the fields of what a loop runs over."""
    tree = environment.parse(text)
    return meta.find_undeclared_variables(tree) | {f".{each.attr}" for each in tree.find_all(nodes.Getattr)}


def told_apart(environment: jinja2.Environment, text: str) -> set[str]:
    """The program's words that decide what a template says. Numbers are a matter of grammar."""
    operands = (operand for compared in environment.parse(text).find_all(nodes.Compare) for operand in compared.ops)
    words = (each.expr.value for each in operands if each.op in {"eq", "ne"} and isinstance(each.expr, nodes.Const))
    return {word for word in words if isinstance(word, str)}


def in_words(renderer: Renderer, language: str, template: str, zone: str, **fields: Value) -> str:
    """A message as people read it, with plain spaces and straight marks like the transcripts."""
    said = renderer.render(Message(template, fields, (), language, zone)).html
    return html.unescape(said).replace("\u202f", " ").replace("\u00a0", " ").replace("’", "'")


def test_the_bot_speaks_three_languages() -> None:
    """English, French and Spanish are there; an office may add others."""
    assert {"en", "fr", "es"} <= set(LANGUAGES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_keys_and_texts_are_text_and_stand_once(file: Path) -> None:
    """YAML reads a bare `yes` as true and keeps the last of two equal keys; the bot would find no such template."""
    loaded = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert [(key, text) for key, text in loaded.items()] == list(written(file))


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_language_says_what_english_says(language: str) -> None:
    """Every language has the files and keys of English, and no other."""
    assert sorted(SOURCES[language]) == sorted(SOURCES["en"])


def test_no_template_is_empty() -> None:
    """An empty message would be refused by the channel."""
    assert [f"{language} {name}" for language, name, text in templates() if not text.strip()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_compiles(renderer: Renderer, language: str) -> None:
    """No template has a mistake in its syntax or names a filter that is not there."""
    wrong: dict[str, str] = {}
    for _, name, text in templates(language):
        try:
            renderer.environments[language].from_string(text)
        except jinja2.TemplateError as error:
            wrong[name] = str(error)
    assert wrong == {}


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_uses_exactly_the_values_of_english(renderer: Renderer, language: str) -> None:
    """A promise, a name or a reference is neither lost nor invented in translation."""
    environment = renderer.environments[language]
    differing = {
        name: parts(environment, text) ^ parts(environment, SOURCES["en"].get(name, text))
        for _, name, text in templates(language)
    }
    assert {name: values for name, values in differing.items() if values} == {}


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_tells_the_same_cases_apart(renderer: Renderer, language: str) -> None:
    """The program's own words in conditions are not translated, and none is forgotten."""
    environment = renderer.environments[language]
    differing = {
        name: told_apart(environment, text) ^ told_apart(environment, SOURCES["en"].get(name, text))
        for _, name, text in templates(language)
    }
    assert {name: words for name, words in differing.items() if words} == {}


def test_button_labels_fit_without_their_values() -> None:
    """Slack refuses a label of more than 75 characters; a number and a space stand before it."""
    buttons = ("buttons.", "verbs.")
    long = {
        f"{language} {name}": len(shown(text))
        for language, name, text in templates()
        if name.startswith(buttons) and len(shown(text)) > LONGEST_BUTTON - 2
    }
    assert long == {}


def labels(renderer: Renderer, language: str, name: str, choices: list[Fields]) -> list[str]:
    """A button for each of the choices, in words."""
    buttons = tuple(Button(f"buttons.{name}", "token", fields) for fields in choices)
    return [each.label for each in renderer.render(Message("conversation.noted", {}, buttons, language)).buttons]


@pytest.mark.parametrize(("language", "name"), list(product(LANGUAGES, ("topic", "about_topic"))))
def test_button_labels_fit_with_every_topic(renderer: Renderer, language: str, name: str) -> None:
    """No topic of the shipped world has to be cut, also with a number before it."""
    written = labels(renderer, language, name, [{"topic": topic} for topic in renderer.world.topics])
    assert [label for label in written if len(label) > LONGEST_BUTTON - 2] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_desks_look_alike_on_buttons(renderer: Renderer, language: str) -> None:
    """A long region is cut at the end; what is left still tells the desks apart."""
    written = labels(renderer, language, "desk", [{"desk": desk} for desk in renderer.world.desks])
    assert len(set(written)) == len(renderer.world.desks)


def test_form_titles_fit() -> None:
    """Slack refuses a modal whose title or buttons have more than 24 characters."""
    long = {
        f"{language} {name}": len(text)
        for language, name, text in templates()
        if FORM_TITLE.match(name) and len(text) > LONGEST_FORM_TITLE
    }
    assert long == {}


def test_menu_entries_fit() -> None:
    """Telegram refuses a command whose description has more than 256 characters."""
    entries = ((language, name, text) for language, name, text in templates() if name.startswith("menu."))
    assert [f"{language} {name}" for language, name, text in entries if len(text) > LONGEST_MENU_ENTRY] == []


def test_only_tags_that_every_channel_shows() -> None:
    """Links, bold, italic and code can be shown everywhere; nothing else is written, and what is opened is closed."""
    wrong: dict[str, str] = {}
    for language, name, text in templates():
        tags = _TAG.findall(shown(text))
        open_tags = [tag for tag in TAGS if len(re.findall(rf"<{tag}[ >]", text)) != text.count(f"</{tag}>")]
        wrong |= {f"{language} {name}": tag for tag in (*(set(tags) - TAGS), *open_tags)}
    assert wrong == {}


def test_french_marks_never_begin_a_line() -> None:
    """French has a no-break space before ; : ? ! and inside « »."""
    wrong: Mapping[str, list[str]] = {
        name: _LOOSE_MARK.findall(shown(text)) + _LOOSE_QUOTE.findall(shown(text))
        for _, name, text in templates("fr")
        if not name.startswith((PATTERNS, REASONS))
    }
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize("language", ["fr", "es"])
def test_quotation_marks_are_those_of_the_language(language: str) -> None:
    """Typewriter marks belong to the program and “curly” pairs to English; here « » and ’ are used."""
    sentences = (
        (name, _TAG.sub("", shown(text))) for _, name, text in templates(language) if not name.startswith(PATTERNS)
    )
    assert [name for name, text in sentences if re.search(r"['\"“”]", text)] == []


def test_spanish_questions_are_opened() -> None:
    """Every ? has its ¿ and every ! its ¡."""
    pairs = (("?", "¿"), ("!", "¡"))
    texts = [(name, shown(text)) for _, name, text in templates("es")]
    assert [name for name, text in texts for end, begin in pairs if text.count(end) != text.count(begin)] == []


@pytest.mark.parametrize(
    ("language", "written_as"),
    [
        ("en", "Tue 24 Nov, 10:00 (Nairobi)"),
        ("fr", "mar. 24 nov., 10 h 00 (Nairobi)"),
        ("es", "mar. 24 nov., 10:00 (Nairobi)"),
    ],
)
def test_a_promised_time_is_written_as_the_reader_writes_it(renderer: Renderer, language: str, written_as: str) -> None:
    """In the reader's own zone and language, with the zone."""
    said = in_words(renderer, language, "confidential.contact_here", "Africa/Nairobi", due="2026-11-24T07:00:00+00:00")
    assert written_as in said


@pytest.mark.req("S1-W22")
def test_french_says_who_has_it_why_and_until_when(renderer: Renderer) -> None:
    """The words of the conversation that the product is specified by."""
    said = in_words(
        renderer,
        "fr",
        "conversation.at_desk",
        "Africa/Dakar",
        fresh=False,
        desk="icp",
        because="chosen_topic",
        because_fields={"topic": "idm-rcp"},
        due="2026-11-24T10:00:00+00:00",
        reference="Q-0002",
    )
    assert said.startswith(
        "Elle est chez le Département de la coopération internationale et des partenariats, parce que vous avez choisi "
        "« Dialogue international sur la migration et forums ». "
        "Une personne vous répondra d'ici mar. 24 nov., 10 h 00 (Dakar)."
    )


@pytest.mark.parametrize(("reason", "begins"), [("topic", "parce que le"), ("no_topic", "parce qu'elle")])
def test_french_elides_before_a_vowel(renderer: Renderer, reason: str, begins: str) -> None:
    """The reason decides between "parce que" and "parce qu'"."""
    said = in_words(
        renderer,
        "fr",
        "conversation.at_desk",
        "Africa/Dakar",
        fresh=True,
        desk="ipd",
        because=reason,
        because_fields={"topic": "avr"},
        due="2026-11-24T10:00:00+00:00",
        reference="Q-0002",
    )
    assert begins in said


@pytest.mark.req("S1-W11")
def test_spanish_offers_the_confidential_way(renderer: Renderer) -> None:
    """The words of the conversation that the product is specified by."""
    languages = ["ar", "en", "fr", "es"]
    said = in_words(
        renderer, "es", "confidential.offer", "America/Bogota", signpost="example.org", signpost_languages=languages
    )
    assert said == (
        "Esto puede ser confidencial. No se lo he pasado a nadie. Nosotros vemos esta cuenta; en example.org se puede "
        "informar sin dar el nombre (árabe, inglés, francés, español). ¿Qué prefiere?"
    )


#: What a partner reads when they ask for help, and when something cannot be done here.
WITH_THE_WAY_OUTSIDE = (
    "conversation.help",
    "conversation.privacy",
    "connect.for_staff",
    "connect.mail_text",
    "connect.too_many_open",
    "errors.bad_code",
    "errors.cannot_take",
    "errors.file_foreign_host",
    "errors.file_too_big",
    "errors.file_unavailable",
    "errors.ours",
)


@pytest.mark.req("S0-C5")
@pytest.mark.parametrize(("language", "name"), list(product(LANGUAGES, WITH_THE_WAY_OUTSIDE)))
def test_the_way_outside_the_app_is_offered(renderer: Renderer, language: str, name: str) -> None:
    """Help, privacy and every refusal of what a partner wants hold the office's mailbox."""
    assert "mailbox" in parts(renderer.environments[language], SOURCES[language][name])
