"""A new question: routed first; the country is asked only when it is not known, everything else afterwards."""

from collections import Counter
from dataclasses import replace

from bot.core.conversation.asking import Held, ask
from bot.core.conversation.registering import SKIP
from bot.core.conversation.scene import Scene
from bot.core.conversation.state import Ask, Prompt, State, Turn
from bot.core.conversation.words import reads_like_a_message
from bot.core.message import Fields, StoredFile
from bot.core.query import Status
from bot.core.routing.decision import Because, Choice, Decision
from bot.core.routing.owner import owner
from bot.core.routing.policy import decide
from bot.core.routing.reading import Gate
from bot.core.turn import (
    AddToQuery,
    Effect,
    OpenQuery,
    Option,
    RouteQuery,
    Say,
    SetCountry,
    SetTimer,
    ToldConsent,
)

#: Minutes until a question goes on without the answer to what the bot asked about it.
UNROUTED_MINUTES = 30
#: A second topic is offered from this probability on.
WORTH_OFFERING = 0.05
MOST_COUNTRIES = 3
#: A CSO can send its question elsewhere until somebody has answered it.
MOVABLE = frozenset({Status.ASKED, Status.NEW, Status.CLAIMED})


def open_query(
    state: State,
    scene: Scene,
    text: str,
    files: tuple[StoredFile, ...],
    topics: tuple[tuple[str, float], ...],
    *,
    private: bool = False,
    message: str = "",
) -> Turn:
    """Take the words as a new query and bring it as far towards its desk as is known."""
    opened = OpenQuery(text, files, topics, private, message, scene.country)
    return _onwards(Turn(state, (opened,)), scene, scene.key, decided(scene, topics), scene.country)


def decided(scene: Scene, topics: tuple[tuple[str, float], ...]) -> Decision:
    return decide(replace(scene.reading, topics=topics, gate=Gate.QUERY, sensitive=False), scene.world)


def _onwards(turn: Turn, scene: Scene, about: str, decision: Decision, country: str) -> Turn:
    if not country:
        return _ask_country(turn, scene, about)
    if decision.choice is Choice.ASK:
        return _ask_topic(turn, scene, about, decision)
    topic = decision.topic if decision.choice is Choice.AUTO else "triage"
    return at_desk(turn, scene, about, topic, decision, country)


def _ask_country(turn: Turn, scene: Scene, about: str, tries: int = 0) -> Turn:
    countries = _proposed_countries(scene) if not tries else ()
    options = tuple(Option(code, "country", {"country": code}) for code in countries)
    if options:
        options = (*options, Option("other", "another_country"))
    template = "conversation.which_country" if not tries else "conversation.write_country"
    asked = ask(turn, scene, Ask.COUNTRY, template, options, {"tries": tries}, Held(about=about, tries=tries))
    return asked.then(SetTimer("unrouted", about, UNROUTED_MINUTES))


def _proposed_countries(scene: Scene) -> tuple[str, ...]:
    """Countries the text names, else where most partners of this language work; proposals, never an answer."""
    if scene.reading.countries:
        return scene.reading.countries[:MOST_COUNTRIES]
    partners = Counter(each.country for each in scene.world.organisations if each.language == scene.language)
    return tuple(country for country, _ in partners.most_common(1))


def _ask_topic(turn: Turn, scene: Scene, about: str, decision: Decision) -> Turn:
    topics = [decision.topic, *(topic for topic, _ in decision.alternatives)]
    usable = [topic for topic in topics if topic in scene.world.topics][:3]
    options = (*(Option(topic, "topic", {"topic": topic}) for topic in usable), Option("none", "none_of_these"))
    fields: Fields = {"fresh": about == scene.key}
    asked = ask(turn, scene, Ask.TOPIC, "conversation.which_topic", options, fields, Held(about=about))
    return asked.then(SetTimer("unrouted", about, UNROUTED_MINUTES))


def at_desk(turn: Turn, scene: Scene, about: str, topic: str, decision: Decision | None, country: str) -> Turn:
    """Route it, say with whom it is, why and until when, and then ask what may be skipped."""
    chosen = decision is None
    because = Because.CHOSEN_TOPIC if chosen and topic != "triage" else None
    options = _other_places(scene, topic, decision, country)
    fields: Fields = {"fresh": about == scene.key}
    routed = turn.then(RouteQuery(about, topic, because))
    routed = ask(routed, scene, Ask.REROUTE, "conversation.at_desk", options, fields, Held(about=about))
    return _told_of_consent(routed, scene)


def _other_places(scene: Scene, topic: str, decision: Decision | None, country: str) -> tuple[Option, ...]:
    options: list[Option] = []
    region = scene.world.region_of.get(country, "")
    desk = owner(scene.world, topic, country, scene.level).desk
    if region and scene.world.regions[region].desk != desk:
        options.append(Option("region", "regional_focal_point"))
    for other, probability in decision.alternatives[:1] if decision else ():
        if probability >= WORTH_OFFERING and other in scene.world.topics:
            options.append(Option(f"topic:{other}", "about_topic", {"topic": other}))
    return (*options, Option("other", "somebody_else"))


def _told_of_consent(turn: Turn, scene: Scene) -> Turn:
    """With the first acknowledgement, and once more when the text has changed since."""
    version = scene.world.office.consent_version
    match scene.person.told_version:
        case "":
            return _first_contact(turn, scene)
        case told if told != version:
            return turn.then(Say("partners.consent_changed", {"office": ""}), ToldConsent(version))
        case _:
            return turn


def _first_contact(turn: Turn, scene: Scene) -> Turn:
    told = (Say("conversation.about_us"), ToldConsent(scene.world.office.consent_version))
    turn = turn.then(*told)
    if scene.person.organisation or scene.person.claimed_name:
        return turn
    return ask(turn, scene, Ask.ORGANISATION, "conversation.which_organisation", SKIP)


# What the person answers.


def country_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    if value == "other":
        return _ask_country(Turn(state), scene, prompt.about, tries=1)
    return _country_known(prompt, value, state, scene)


def country_written(prompt: Prompt, text: str, state: State, scene: Scene) -> Turn:
    """A country in words; words that name none are kept with the question, which after two misses goes on without."""
    more = AddToQuery(prompt.about, text, message=scene.message)
    if len(scene.reading.countries) == 1:
        known = _country_known(prompt, scene.reading.countries[0], state, scene)
        return Turn(known.state, (more, *known.effects)) if reads_like_a_message(text) else known
    if prompt.tries >= 2:
        gone_on = unrouted(prompt.about, state.without(prompt), scene)
        return Turn(gone_on.state, (more, *gone_on.effects))
    return _ask_country(Turn(state, (more,)), scene, prompt.about, tries=prompt.tries + 1)


def _country_known(prompt: Prompt, country: str, state: State, scene: Scene) -> Turn:
    query = scene.query(prompt.about)
    turn = Turn(state.without(prompt), (SetCountry(country),))
    if query is None or query.status is not Status.ASKED:
        return turn
    return _onwards(turn, scene, prompt.about, decided(scene, query.topics), country)


def topic_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    query = scene.query(prompt.about)
    if query is None or query.status not in MOVABLE:
        return Turn(state.without(prompt), (Say("conversation.already_answered", {}, (), prompt.about),))
    topic = "triage" if value == "none" else value
    return at_desk(Turn(state.without(prompt)), scene, prompt.about, topic, None, scene.country)


def unrouted(about: str, state: State, scene: Scene) -> Turn:
    """Nobody answered what was asked about the question: it goes to the entry point, never nowhere."""
    query = scene.query(about)
    if query is None or query.status is not Status.ASKED:
        return Turn(state)
    left = State(tuple(each for each in state.prompts if each.about != about))
    decision = decided(scene, query.topics)
    topic = decision.topic if decision.choice is Choice.AUTO else "triage"
    return at_desk(Turn(left), scene, about, topic, decision, scene.country)


def elsewhere_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    """ "Not the right place?": another desk at once, as long as nobody has answered."""
    query = scene.query(prompt.about)
    if query is None or query.status not in MOVABLE:
        return Turn(state.without(prompt), (Say("conversation.already_answered", {}, (), prompt.about),))
    if value == "other":
        return _ask_topic(Turn(state.without(prompt)), scene, prompt.about, decided(scene, query.topics))
    region = scene.world.region_of.get(query.country)
    if value == "region" and region:
        desk = scene.world.regions[region].desk
        moved: Effect = RouteQuery(prompt.about, query.topic, Because.CHOSEN_DESK, desk)
    else:
        moved = RouteQuery(prompt.about, value.removeprefix("topic:"), Because.CHOSEN_TOPIC)
    return Turn(state.without(prompt), (moved, Say("conversation.at_desk", {"fresh": False}, (), prompt.about)))
