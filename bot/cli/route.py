"""`csobot route …`: where a text would go, and how good the router is."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer
from typer.core import TyperGroup

from adapters.countries import Countries
from adapters.encoder import best_encoder
from adapters.language import Languages
from bot.cli import route_eval
from bot.cli.reasons import Reasons
from bot.core.errors import BotError
from bot.core.routing import policy
from bot.core.routing.decision import Choice, Decision
from bot.core.routing.owner import first_route
from bot.core.world import World
from bot.reader import Reader
from config import settings, world

if TYPE_CHECKING:
    from typer._click import Context


class Alternative(TypedDict):
    """A further topic and how likely it is."""

    topic: str
    confidence: float


class Routed(TypedDict):
    """One answer of `csobot route --json`; other tools rely on the names."""

    #: Topic id, "triage" (the entry point finds the place) or "none" (no question).
    topic: str
    department: str | None
    #: Desk id.
    owner: str | None
    confidence: float
    alternatives: list[Alternative]
    decision: str
    reason: str
    sensitive: bool


class TextOrEval(TyperGroup):
    """`route eval FILE` is a command; anything else is a text to route."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Puts the hidden command `text` in front of what is no command."""
        known = (*self.commands, "--help", "-h")
        return super().parse_args(ctx, args if not args or args[0] in known else ["text", *args])


app = typer.Typer(
    cls=TextOrEval,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    subcommand_metavar="TEXT [--country KE] [--language en] [--json] | --stdin | eval FILE.csv [--json]",
)


class Router:
    """The router as the bot runs it, for the command line."""

    def __init__(self, office: World) -> None:
        written = office.office.content_languages
        self.world = office
        self.reader = Reader(office, best_encoder(), Languages(written), Countries(written, office.region_of))

    def route(self, text: str, country: str, language: str) -> Routed:
        """Where the text would go. The reason is in `language`, else in the text's own."""
        reading = self.reader.read(text, country)
        decision = policy.decide(reading, self.world)
        return _routed(self.world, decision, country, Reasons(self.world, language or reading.language))


def _routed(office: World, decision: Decision, country: str, reasons: Reasons) -> Routed:
    route = first_route(office, decision, country)
    topic = office.topics.get(decision.topic)
    if route is None:
        reason = reasons.say("not_a_question", {})
    elif decision.choice is Choice.ASK and not decision.sensitive:
        reason = reasons.say("unsure", {})
    else:
        reason = reasons.say(route.because.value, route.fields)
    return Routed(
        topic=decision.topic or decision.choice.value,
        department=topic.department if topic else office.desks[route.desk].department if route else None,
        owner=route.desk if route else None,
        confidence=round(decision.confidence, 4),
        alternatives=[Alternative(topic=each, confidence=round(share, 4)) for each, share in decision.alternatives],
        decision=decision.choice.value,
        reason=reason,
        sensitive=decision.sensitive,
    )


@app.callback()
def router() -> None:
    """Say where a text would go and why. Nothing is asked or stored.

    \b
    csobot route "Who coordinates shelter?" --country KE --json
    csobot route --stdin < questions.jsonl
    csobot route eval labelled.csv

    \b
    --country KE    the country the CSO works in (ISO code)
    --language en   the language of the reason; the text's own without it
    --json          one line of JSON: topic, department, owner, confidence,
                    alternatives, decision, reason, sensitive
    --stdin         JSON lines {"text", "country", "language"} in, one line
                    of JSON out for each
    """


@app.command(hidden=True)
def text(
    words: Annotated[str, typer.Argument(metavar="TEXT", help="What a CSO wrote.")] = "",
    country: Annotated[str, typer.Option(help="ISO code of the country the CSO works in, such as KE.")] = "",
    language: Annotated[str, typer.Option(help="Language of the reason; the text's own without it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
    stdin: Annotated[
        bool, typer.Option("--stdin", help='Read JSON lines {"text", "country", "language"}, print one for each.')
    ] = False,
) -> None:
    """Say where a text would go and why."""
    if stdin == bool(words):
        raise BotError("give either a TEXT or --stdin")
    built = Router(world.load(settings.load().world))
    if stdin:
        for line in _lines(built):
            print(json.dumps(line, ensure_ascii=False), flush=True)
        return
    routed = built.route(words, _country(country, built.world), language)
    print(json.dumps(routed, ensure_ascii=False) if as_json else _in_words(routed))


def _lines(built: Router) -> Iterator[Routed]:
    """An answer for each line; a broken line stops with its number."""
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            asked = json.loads(line)
        except ValueError:
            asked = None
        if not isinstance(asked, dict) or not isinstance(asked.get("text"), str):
            raise BotError(f'line {number}: needed is a JSON object such as {{"text": "…", "country": "KE"}}')
        country, language = str(asked.get("country") or ""), str(asked.get("language") or "")
        yield built.route(asked["text"], _country(country, built.world), language)


def _country(code: str, office: World) -> str:
    upper = code.strip().upper()
    if upper and (len(upper) != 2 or not upper.isalpha()):
        raise BotError(f"country {code!r}: a two-letter ISO code is needed, such as {next(iter(office.region_of))}")
    return upper


def _in_words(routed: Routed) -> str:
    others = ", ".join(f"{each['topic']} {each['confidence']:.0%}" for each in routed["alternatives"])
    rows = {
        "decision": routed["decision"],
        "topic": f"{routed['topic']} {routed['confidence']:.0%}",
        "else": others or "-",
        "owner": routed["owner"] or "nobody",
        "because": routed["reason"],
        "sensitive": "yes" if routed["sensitive"] else "no",
    }
    return "\n".join(f"{name:<10} {value}" for name, value in rows.items())


@app.command("eval")
def evaluate(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Columns text, lang, unit (topic id or triage).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure the router on labelled texts, by language."""
    office = world.load(settings.load().world)
    cases = route_eval.read(file, office)
    report = route_eval.measure(cases, Router(office).reader, office)
    print(json.dumps(route_eval.as_json(report)) if as_json else route_eval.as_table(report))
