"""Messages put into words: a template of the reader's language, with names and times as the reader knows them.

Templates are Jinja2 with autoescape: what comes out is the small HTML that `Rendered` allows, whatever people wrote.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import jinja2
import structlog
import yaml
from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime, get_timezone_location
from babel.lists import format_list
from markupsafe import Markup, escape

from adapters.countries import country_name
from bot.core.calendar import timezone
from bot.core.channel import FormField, Rendered, RenderedButton, RenderedForm
from bot.core.message import Button, Fields, Message, Value
from bot.core.names import department_in_sentence, region_name, topic_in_sentence
from bot.core.turn import FormNeeded
from bot.core.verbs import TEXT, VERBS, Choice, Declared, FieldKind, Verb, VerbField, fields_of
from bot.core.world import DeskKind, World, text_in

log = structlog.get_logger()

FOLDER = Path(__file__).resolve().parent.parent / "templates" / "messages"
#: Longest text a channel takes in one message; beyond it the middle of what people wrote is left out, with a mark.
LONGEST = 4000
#: Buttons with labels this short stand side by side.
SHORT_LABEL = 18
#: Makes strings only. The one written in C where there is one: it takes a tenth of the time of every start.
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_TAG = re.compile(r"<[^>]+>")
_BLANKS = re.compile(r"[ \t]{2,}")
#: Stands for a space that somebody wrote, until the template's own are tidied: a code point that Unicode keeps free
#: of any meaning for just such use, so that nobody's writing holds it.
_SPACE = "\ufdd0"


class Renderer:
    """One for the whole process; `render` may be called from any thread."""

    def __init__(self, world: World, accounts: Mapping[str, str] | None = None) -> None:
        """`accounts` names the platform of each account: "telegram", "slack"."""
        self.world = world
        self.accounts = accounts or {}
        self.default = world.office.default_language
        self.sources = {folder.name: _load(folder) for folder in sorted(FOLDER.iterdir()) if folder.is_dir()}
        self.environments = {language: self._environment(language) for language in self.sources}

    def render(self, message: Message) -> Rendered:
        """The message in the reader's language, else in the default one; a template problem is an error of ours."""
        language = message.language if message.language in self.environments else self.default
        fields = {**_kept_apart(message.fields), "zone": message.zone}
        words = self._words(language, message.template, fields)
        buttons = tuple(self._button(language, button, message.zone) for button in message.buttons)
        short = buttons and all(len(button.label) <= SHORT_LABEL for button in buttons)
        columns = 3 if short and len(buttons) > 2 else 2 if len(buttons) > 12 or (short and len(buttons) == 2) else 1
        return Rendered(shortened(words), buttons, columns, message.wants_reply)

    def plain(self, message: Message) -> str:
        """The message as text without markup, for what is copied elsewhere: an e-mail."""
        return html.unescape(_TAG.sub("", self.render(message).html))

    def line(self, language: str, template: str) -> str:
        """A template without fields, as plain text."""
        return self._plain(language, template, {})

    def sentence(self, language: str, template: str, fields: Fields) -> str:
        """A refusal in plain words, for whoever shows it outside a chat."""
        return self._plain(language, template, {"zone": "UTC", **fields})

    def form(self, needed: FormNeeded) -> RenderedForm:
        """The form of a verb, or the confidential one ("safe"), in words."""
        language, verb, say = needed.language, needed.verb, self._plain
        declared = VERBS[Verb(verb)] if verb in set(Verb) else Declared(TEXT)
        title, intro = (say(language, f"forms.{verb}_{part}", needed.fields) for part in ("title", "intro"))
        submit = say(language, "forms.save" if declared.internal else "forms.send", {})
        asked = fields_of(Verb(verb), needed.languages) if verb in set(Verb) else declared.fields
        fields = tuple(self._field(needed, each) for each in asked)
        return RenderedForm(needed.token, title, submit, say(language, "forms.cancel", {}), intro, fields, verb)

    def _field(self, needed: FormNeeded, asked: VerbField) -> FormField:
        return FormField(
            asked.name,
            self._plain(needed.language, f"forms.{needed.verb}_{asked.label}", {**needed.fields, **_in(asked)}),
            tuple((each.value, self.choice(needed.language, each)) for each in needed.choices.get(asked.name, ())),
            multiline=asked.kind is FieldKind.TEXT,
            required=asked.required,
            many=asked.kind is FieldKind.QUERIES,
        )

    def choice(self, language: str, choice: Choice) -> str:
        """The label of something that can be chosen."""
        return self._plain(language, choice.label, choice.fields)

    def _words(self, language: str, template: str, fields: Fields) -> str:
        found = self._template(language, template)
        return tidy(found.render(**fields))

    def _plain(self, language: str, template: str, fields: Fields) -> str:
        return html.unescape(_TAG.sub("", self._words(language, template, fields)))

    def _button(self, language: str, button: Button, zone: str) -> RenderedButton:
        label = self._plain(language, button.label, {**button.fields, "zone": zone})
        numbered = f"{button.number} {label}" if button.number and label != str(button.number) else label
        return RenderedButton(numbered if len(numbered) <= 75 else numbered[:74] + "…", button.token)

    def _template(self, language: str, name: str) -> jinja2.Template:
        for each in (language, self.default, "en"):
            if each in self.environments and name in self.sources[each]:
                return self.environments[each].get_template(name)
        raise KeyError(f"there is no template {name!r}")

    def _environment(self, language: str) -> jinja2.Environment:
        loader = jinja2.DictLoader(self.sources[language])
        environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
        environment.filters.update(self._filters(language))
        return environment

    def _filters(self, language: str) -> dict[str, Callable[..., object]]:
        """What templates may do with a value: put a time, a place, a name or an id into words."""
        return {
            **self._times(language),
            **self._places(language),
            **self._languages(language),
            **self._people(language),
            "because": self._because(language),
            "cap": lambda words: escape(words)[:1].upper() + escape(words)[1:],
            "status_name": self._listed(language, "status"),
            "passed": lambda percent: self._passed(language, percent),
            "class_name": lambda policy: self._class(language, policy),
            "reason_name": self._listed(language, "reason"),
            "role_name": self._listed(language, "staff"),
            "why_name": self._listed(language, "why"),
            "platform_name": _capital,
            "account_name": lambda account: _capital(self.accounts.get(account, account)),
            "organisation_name": self._organisation,
            "organisation_type": lambda code: text_in(
                self.world.organisation_types.get(code, {}), language, self.default
            ),
            "consent_text": lambda _office: text_in(self.world.office.consent_text, language, self.default),
        }

    def _times(self, language: str) -> dict[str, Callable[..., object]]:
        """In the reader's zone; `when` with a comma and the zone's name: Tue 24 Nov, 10:00 (Nairobi)."""

        def written(pattern: str, place: str = "") -> Callable[..., str]:
            @jinja2.pass_context
            def filtered(context: jinja2.runtime.Context, moment: str) -> str:
                return self._time(language, pattern, moment, context) + place.format(_city(context["zone"], language))

            return filtered

        return {
            "when": written("pattern_when", " ({})"),
            "when_short": written("pattern_when_short"),
            "when_zone": written("pattern_when_short", " ({})"),
            "clock": written("pattern_clock"),
            "day": written("pattern_day"),
            "working_days": lambda days: working_days(days, language),
            "city": lambda zone: _city(zone, language),
        }

    def _places(self, language: str) -> dict[str, Callable[..., object]]:
        world, default = self.world, self.default
        return {
            "desk_name": lambda desk: Markup(self._place(language, "place", desk)),
            "role_at": lambda desk: Markup(self._place(language, "role", desk)),
            "topic_title": lambda topic: self._topic(language, topic),
            "topic_name": lambda topic: topic_in_sentence(world, topic, language) or topic,
            "region_name": lambda region: region_name(world, region, language),
            "department_name": lambda unit: text_in(world.departments[unit].name, language, default),
            "department_in_sentence": lambda unit: department_in_sentence(world, unit, language),
            "country_name": lambda code: country_name(code, language),
        }

    def _people(self, language: str) -> dict[str, Callable[..., object]]:
        """Somebody by what they gave for it, else by where they write from."""

        @jinja2.pass_context
        def colleague(context: jinja2.runtime.Context, who: Mapping[str, Value]) -> Markup:
            return Markup(self._words(language, "names.colleague", {**_kept_apart(who), "zone": context["zone"]}))

        return {"colleague": colleague}

    def _languages(self, language: str) -> dict[str, Callable[..., object]]:
        names = _locale(language).languages
        return {
            "language_name": lambda code: _capital(names.get(code, code)),
            "language_names": lambda codes: ", ".join(names.get(code, code) for code in codes),
            "own_language_name": lambda code: _capital(_locale(code).languages.get(code, code)),
        }

    def _because(self, language: str) -> Callable[..., Markup]:
        @jinja2.pass_context
        def because(context: jinja2.runtime.Context, reason: str, fields: Mapping[str, Value]) -> Markup:
            return Markup(self._words(language, f"routing.{reason or 'no_topic'}", {**fields, "zone": context["zone"]}))

        return because

    def _listed(self, language: str, kind: str) -> Callable[[str], Markup]:
        """A value by its name in names.yaml; a reason that has none is "other"."""

        def named(value: str) -> Markup:
            known = f"names.{kind}_{value}"
            there = known in self.sources[language] or known in self.sources["en"]
            return Markup(self._words(language, known if there or kind != "reason" else f"names.{kind}_other", {}))

        return named

    def _class(self, language: str, policy: str) -> Markup:
        """What a class of promises is called; one that an office made up is called by its id."""
        name = f"names.class_{policy}"
        return Markup(self._words(language, name, {})) if name in self.sources["en"] else escape(policy)

    def _passed(self, language: str, percent: int) -> str:
        """How much of a promised time is over."""
        name = {50: "half", 100: "all"}.get(percent, "part")
        return self._plain(language, f"names.passed_{name}", {"percent": percent})

    def _time(self, language: str, pattern: str, moment: str, context: jinja2.runtime.Context) -> str:
        local = datetime.fromisoformat(moment).astimezone(timezone(context["zone"]))
        return str(format_datetime(local, self._plain(language, f"names.{pattern}", {}), locale=_locale(language)))

    def _place(self, language: str, what: str, desk_id: str) -> str:
        desk = self.world.desks.get(desk_id) or self.world.desks[self.world.office.fallback_desk]
        kinds = {
            DeskKind.MISSION: "mission",
            DeskKind.REGIONAL: "regional",
            DeskKind.HQ: "hq",
            DeskKind.CONFIDENTIAL: "confidential",
        }
        fields = {"country": desk.country, "region": desk.region, "department": desk.department}
        return self._words(language, f"names.{what}_{kinds[desk.kind]}", fields)

    def _topic(self, language: str, topic: str) -> str:
        known = self.world.topics.get(topic)
        return text_in(known.name, language, self.default) if known else topic

    def _organisation(self, organisation: str) -> str:
        known = (each.name for each in self.world.organisations if each.id == organisation)
        return next(known, organisation)


def _load(folder: Path) -> dict[str, str]:
    """Every template of a language, named "file.key"."""
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*.yaml")):
        # BaseLoader: every key and text stays a string ("yes" is a button, not True).
        for key, text in yaml.load(file.read_text(encoding="utf-8"), LOADER).items():  # noqa: S506 - it makes strings only
            found[f"{file.stem}.{key}"] = text
    return found


def tidy(words: str) -> str:
    """One space between words, as templates are wrapped to be read; the spaces that people wrote stay."""
    lines = [_BLANKS.sub(" ", line).rstrip() for line in words.replace("\r\n", "\n").split("\n")]
    return "\n".join(lines).strip().replace(_SPACE, " ")


def _kept_apart(fields: Fields) -> dict[str, Value]:
    """The fields, with runs of spaces in what people wrote marked so that `tidy` leaves them."""
    return {
        name: _BLANKS.sub(lambda run: " " + _SPACE * (len(run.group()) - 1), value) if isinstance(value, str) else value
        for name, value in fields.items()
    }


def _in(asked: VerbField) -> Fields:
    """The language that a field is asked for, where it is for one."""
    return {"language": asked.language} if asked.language else {}


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def shortened(words: str) -> str:
    """The words, or as text without markup as many of them as one message takes (counted as Telegram does)."""
    plain = html.unescape(_TAG.sub("", words))
    if len(plain.encode("utf-16-le")) // 2 <= LONGEST:
        return words
    cut = plain.encode("utf-16-le")[: 2 * (LONGEST - 2)].decode("utf-16-le", "ignore")
    return html.escape(cut, quote=False) + " …"


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


def working_days(days: Sequence[int], language: str) -> str:
    """ISO weekdays as people say them: the first and the last of a stretch, also over the week's end, else each."""
    names = _locale(language).days["format"]["wide"]
    begins = [day for day in days if (day - 2) % 7 + 1 not in days] or [1]
    stretch = [(begins[0] - 1 + ahead) % 7 for ahead in range(len(days))]
    if len(begins) == 1 and len(days) > 2:
        return f"{names[stretch[0]]}–{names[stretch[-1]]}"
    return format_list([names[day - 1] for day in days], locale=_locale(language))


@lru_cache(maxsize=1024)
def _city(zone: str, language: str) -> str:
    """The zone by the name of its city, as the reader's language writes it."""
    if zone == "UTC":
        return "UTC"
    return str(get_timezone_location(timezone(zone), locale=_locale(language), return_city=True))
