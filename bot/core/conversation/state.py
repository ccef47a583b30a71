"""Where a person is in the conversation; kept as versioned JSON between messages."""

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from bot.core.message import FileKind, StoredFile
from bot.core.turn import Effect

#: Version of the JSON; a state of another version starts afresh, queries are kept elsewhere.
VERSION = 1
#: Beyond this many, the oldest open questions that hold nothing are forgotten.
MOST_PROMPTS = 8


class Ask(StrEnum):
    """What the bot has asked."""

    COUNTRY = "country"
    TOPIC = "topic"
    REROUTE = "reroute"
    ORGANISATION = "organisation"
    ORGANISATION_MATCH = "organisation_match"
    NAME_OR_MESSAGE = "name_or_message"
    INVITATIONS = "invitations"
    WHICH_QUERY = "which_query"
    REOPEN = "reopen"
    FILE_CHECK = "file_check"
    SATISFIED = "satisfied"
    MISSING = "missing"
    RATING = "rating"
    RATING_SHARED = "rating_shared"
    CONFIDENTIAL = "confidential"
    SAFE_TEXT = "safe_text"
    SAFE_CONTACT = "safe_contact"
    SAFE_OTHER = "safe_other"
    HELP_COUNTRY = "help_country"
    LANGUAGE = "language"
    ERASE = "erase"
    #: Which kind of organisation it is, for one that is on no list.
    TYPE = "type"
    #: How colleagues should know the person, asked with the claim ("claim") or by themselves.
    NAME = "name"
    POSITION = "position"
    OWN_COUNTRY = "own_country"
    ABOUT_ME = "about_me"
    #: Whether an invitation takes the person to another organisation.
    SWITCH = "switch"
    COLLEAGUES = "colleagues"
    WHO_WAITS = "who_waits"
    CONFIRM = "confirm"
    WHO_LEFT = "who_left"
    WHO_TAKES = "who_takes"
    SPEAKER = "speaker"
    LEAVE = "leave"
    LEAVE_TO = "leave_to"
    SAID_LEFT = "said_left"
    UNLINK = "unlink"
    QUERY = "query"
    #: Who of staff stands in while the person is away.
    DEPUTY = "deputy"
    #: For whom staff enter a question, where its answer goes, and its words.
    BEHALF_WHICH = "behalf_which"
    BEHALF_ORGANISATION = "behalf_organisation"
    BEHALF_CONTACT = "behalf_contact"
    BEHALF_TEXT = "behalf_text"
    #: Something that staff want to know about a question.
    ASKED_BACK = "asked_back"


#: Questions about a sealed matter: while one is open, words in this chat belong to the matter and to nobody else.
CONFIDENTIAL = frozenset({Ask.CONFIDENTIAL, Ask.SAFE_TEXT, Ask.SAFE_CONTACT, Ask.SAFE_OTHER})
#: Questions that hold somebody's words, or that nothing else would bring up again: never forgotten to make room.
KEPT = CONFIDENTIAL | {
    Ask.WHICH_QUERY,
    Ask.REOPEN,
    Ask.FILE_CHECK,
    Ask.NAME_OR_MESSAGE,
    Ask.MISSING,
    Ask.HELP_COUNTRY,
    Ask.ASKED_BACK,
}
#: Questions while staff enter one for a partner.
ON_BEHALF = frozenset({Ask.BEHALF_WHICH, Ask.BEHALF_ORGANISATION, Ask.BEHALF_CONTACT, Ask.BEHALF_TEXT})


#: Offers that nobody has to take up: a number typed after something else was asked does not mean them.
BUTTONS_ONCE_COVERED = frozenset({Ask.REROUTE, Ask.QUERY, Ask.UNLINK, Ask.ABOUT_ME})
#: Questions about the person's organisation and colleagues: these are looked up while one of them is open.
OF_THE_TEAM = frozenset(
    {
        Ask.COLLEAGUES,
        Ask.WHO_WAITS,
        Ask.CONFIRM,
        Ask.WHO_LEFT,
        Ask.WHO_TAKES,
        Ask.SPEAKER,
        Ask.LEAVE,
        Ask.LEAVE_TO,
        Ask.QUERY,
    }
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question the bot has asked and that is still open."""

    #: Event key that caused it; with `ask` it names the buttons.
    id: str
    ask: Ask
    #: Values of the options, in the order shown.
    options: tuple[str, ...] = ()
    #: What opened the query (or sealed text) it is about.
    about: str = ""
    #: Words and files that wait for the answer.
    text: str = ""
    files: tuple[StoredFile, ...] = ()
    #: Platform id of the message that `text` came in.
    message: str = ""
    #: What the router read in `text`.
    topics: tuple[tuple[str, float], ...] = ()
    #: How often it was put again.
    tries: int = 0
    #: False once another question covered it: its buttons still work, a typed number no longer means it.
    typed: bool = True


@dataclass(frozen=True, slots=True)
class State:
    """Open questions, the latest last: a typed number answers the latest, a button its own."""

    prompts: tuple[Prompt, ...] = ()

    @property
    def latest(self) -> Prompt | None:
        return next((each for each in reversed(self.prompts) if each.typed), None)

    def prompt(self, prompt_id: str) -> Prompt | None:
        return next((each for each in self.prompts if each.id == prompt_id), None)

    def asking(self, prompt: Prompt) -> "State":
        """With one more question; an older one of the same kind about the same thing is replaced."""
        others = (each for each in self.prompts if (each.ask, each.about) != (prompt.ask, prompt.about))
        covered = (replace(each, typed=False) if each.ask in BUTTONS_ONCE_COVERED else each for each in others)
        prompts = (*covered, prompt)
        room = len(prompts) - MOST_PROMPTS
        idle = [each.id for each in prompts[:-1] if each.ask not in KEPT][: max(room, 0)]
        return State(tuple(each for each in prompts if each.id not in idle))

    def rewritten(self, message: str, text: str) -> "State":
        """With the words that came in this platform message replaced where they wait."""
        held = (replace(each, text=text) if message and each.message == message else each for each in self.prompts)
        return State(tuple(held))

    def without(self, prompt: Prompt) -> "State":
        return replace(self, prompts=tuple(each for each in self.prompts if each.id != prompt.id))


@dataclass(frozen=True, slots=True)
class Chosen:
    """An option of a prompt, pressed or typed as its number."""

    prompt: str
    value: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the conversation is now, and what should happen, in this order."""

    state: State
    effects: tuple[Effect, ...] = field(default=())

    def then(self, *effects: Effect) -> "Turn":
        return replace(self, effects=self.effects + effects)


def to_json(state: State) -> dict[str, Any]:
    """As it is kept."""
    return {"version": VERSION, **asdict(state)}


def from_json(kept: dict[str, Any] | None) -> State:
    """The state that was kept; a fresh one when there is none or it is of another version."""
    if not kept or kept.get("version") != VERSION:
        return State()
    return State(tuple(_prompt(each) for each in kept["prompts"]))


def _prompt(kept: dict[str, Any]) -> Prompt:
    files = tuple(StoredFile(**{**each, "kind": FileKind(each["kind"])}) for each in kept["files"])
    topics = tuple((topic, p) for topic, p in kept["topics"])
    options = tuple(kept["options"])
    return Prompt(**{**kept, "ask": Ask(kept["ask"]), "options": options, "files": files, "topics": topics})
