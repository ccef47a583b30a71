"""Which query a message belongs to: the one it answers, the only open one, or the one the person says."""

from dataclasses import dataclass

from bot.core.conversation.asking import Held, ask
from bot.core.conversation.opening import decided, open_query
from bot.core.conversation.registering import organisation_named
from bot.core.conversation.scene import Scene
from bot.core.conversation.state import Ask, Prompt, State, Turn
from bot.core.conversation.words import is_question, privately
from bot.core.message import Fields, FileKind, StoredFile
from bot.core.query import Query, Status
from bot.core.routing.decision import Choice
from bot.core.turn import AddToQuery, Option, ReopenQuery, Say, SetTimer

#: Minutes until words that wait for "which question?" are passed on without the answer.
UNBOUND_MINUTES = 30
#: So many open queries are offered by name; older ones are reached by answering their messages.
MOST_OFFERED = 6


@dataclass(frozen=True, slots=True)
class Words:
    """What has to find its query."""

    text: str
    files: tuple[StoredFile, ...] = ()
    topics: tuple[tuple[str, float], ...] = ()
    message: str = ""


def bind(state: State, scene: Scene, words: Words) -> Turn:
    """Add the words to their query, open a new one, or ask."""
    private, rest = privately(words.text)
    if private:
        return open_query(state, scene, rest, words.files, words.topics, private=True, message=words.message)
    if scene.answered:
        return add_onto(state, scene.answered, words)
    if (asked := awaited(state, scene)) and not (is_question(words.text) and _clearly_new(scene, asked, words)):
        return add_onto(state, asked, words)
    if scene.open_queries:
        return _among_open(state, scene, words)
    if scene.last_closed and not _clearly_new(scene, scene.last_closed, words):
        return _ask_reopen(state, scene, scene.last_closed, words)
    return _new(state, scene, words)


def _among_open(state: State, scene: Scene, words: Words) -> Turn:
    only = scene.open_queries[0] if len(scene.open_queries) == 1 else None
    if only and not (is_question(words.text) and _clearly_new(scene, only, words)):
        return add_onto(state, only, words)
    offered = scene.open_queries[-MOST_OFFERED:]
    options = (*(Option(each.opened_by, "query", _named(each)) for each in offered), Option("new", "new_question"))
    queries = [{**_named(each), "excerpt": scene.excerpts.get(each.id, "")} for each in offered]
    fields: Fields = {"queries": queries}
    held = held_words(scene, words)
    asked = ask(Turn(state), scene, Ask.WHICH_QUERY, "conversation.which_query", options, fields, held)
    return asked.then(SetTimer("unbound", f"{scene.key}/{Ask.WHICH_QUERY}", UNBOUND_MINUTES))


def _clearly_new(scene: Scene, query: Query, words: Words) -> bool:
    """Whether the router is sure that the words are about something else than the query."""
    decision = decided(scene, words.topics)
    return decision.choice is Choice.AUTO and decision.topic != query.topic


def _named(query: Query) -> dict[str, str]:
    return {"reference": query.reference}


def held_words(scene: Scene, words: Words, tries: int = 0) -> Held:
    """The words, named by the event that brought them: other words that wait beside them are others."""
    return Held(
        about=scene.key, text=words.text, files=words.files, message=words.message, topics=words.topics, tries=tries
    )


def _ask_reopen(state: State, scene: Scene, query: Query, words: Words) -> Turn:
    options = (Option(query.opened_by, "open_again"), Option("new", "no_new_question"))
    fields = {**_named(query), "excerpt": scene.excerpts.get(query.id, "")}
    held = held_words(scene, words)
    asked = ask(Turn(state), scene, Ask.REOPEN, "conversation.about_closed", options, fields, held)
    return asked.then(SetTimer("unbound", f"{scene.key}/{Ask.REOPEN}", UNBOUND_MINUTES))


def add_onto(state: State, query: Query, words: Words) -> Turn:
    """The words as more of the query; a closed one is open again with them."""
    add = AddToQuery(query.opened_by, words.text, words.files, message=words.message)
    if not query.open:
        reopened = Say("conversation.reopened", {}, (), query.opened_by)
        return Turn(state, (ReopenQuery(query.opened_by), add, reopened))
    recording = any(file.kind is FileKind.VOICE for file in words.files)
    if query.status is Status.WAITING:
        heard = Say("conversation.heard", {"recording": recording}, (), query.opened_by)
        return Turn(_not_awaiting(state, query), (add, heard))
    said = Say("conversation.added_recording" if recording else "conversation.added", {}, (), query.opened_by)
    return Turn(state, (add, said))


def asked_back(about: str, state: State, scene: Scene) -> Turn:
    """A question of staff has reached the person: what comes next is its answer, a bare number too."""
    query = scene.query(about)
    if query is None or query.status is not Status.WAITING:
        return Turn(state)
    return Turn(state.asking(Prompt(id=f"{scene.key}/{Ask.ASKED_BACK}", ask=Ask.ASKED_BACK, about=about)))


def awaited(state: State, scene: Scene) -> Query | None:
    """The question about which staff asked something last, as long as nothing was asked since and they still wait."""
    latest = state.latest
    query = scene.query(latest.about) if latest and latest.ask is Ask.ASKED_BACK else None
    return query if query and query.status is Status.WAITING else None


def _not_awaiting(state: State, query: Query) -> State:
    kept = (each for each in state.prompts if (each.ask, each.about) != (Ask.ASKED_BACK, query.opened_by))
    return State(tuple(kept))


def _new(state: State, scene: Scene, words: Words) -> Turn:
    return open_query(state, scene, words.text, words.files, words.topics, message=words.message)


def query_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    """The person said which question their words are for."""
    words = Words(prompt.text, prompt.files, prompt.topics, prompt.message)
    query = scene.query(value)
    left = state.without(prompt)
    return add_onto(left, query, words) if query else _new(left, scene, words)


def unbound(prompt_id: str, state: State, scene: Scene) -> Turn:
    """Nobody said which question: the latest open one gets the words, or they become a new one."""
    prompt = state.prompt(prompt_id)
    if prompt is None:
        return Turn(state)
    latest = scene.open_queries[-1].opened_by if scene.open_queries else "new"
    return query_chosen(prompt, latest, state, scene)


def name_or_message_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    """The person said whether their words name their organisation, or belong to their question."""
    left = state.without(prompt)
    if value == "name":
        return organisation_named(left, scene, prompt.text)
    return bind(left, scene, Words(prompt.text, prompt.files, prompt.topics, prompt.message))
