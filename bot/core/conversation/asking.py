"""Putting a question: the prompt that waits for the answer and the words that ask it are made together."""

from dataclasses import dataclass

from bot.core.conversation.scene import Scene
from bot.core.conversation.state import Ask, Prompt, Turn
from bot.core.message import Fields, StoredFile
from bot.core.turn import Option, Say, SaySealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What waits for the answer."""

    #: What opened the query or sealed text that the question is about.
    about: str = ""
    text: str = ""
    files: tuple[StoredFile, ...] = ()
    message: str = ""
    topics: tuple[tuple[str, float], ...] = ()
    tries: int = 0


NOTHING: Fields = {}
NOTHING_HELD = Held()


def ask(
    turn: Turn,
    scene: Scene,
    what: Ask,
    template: str,
    options: tuple[Option, ...] = (),
    fields: Fields = NOTHING,
    held: Held = NOTHING_HELD,
) -> Turn:
    """The turn, with one more question to the person."""
    prompt = _prompt(scene, what, options, held)
    about = held.about if scene.query(held.about) or held.about == scene.key else ""
    say = Say(template, fields, options, about, prompt.id)
    return Turn(turn.state.asking(prompt), (*turn.effects, say))


def ask_sealed(
    turn: Turn, scene: Scene, what: Ask, template: str, options: tuple[Option, ...], key: str, tries: int = 0
) -> Turn:
    """The turn, with one more question about a sealed matter."""
    prompt = _prompt(scene, what, options, Held(about=key, tries=tries))
    say = SaySealed(key, template, {}, options, prompt.id)
    return Turn(turn.state.asking(prompt), (*turn.effects, say))


def _prompt(scene: Scene, what: Ask, options: tuple[Option, ...], held: Held) -> Prompt:
    return Prompt(
        id=f"{scene.key}/{what}",
        ask=what,
        options=tuple(option.value for option in options),
        about=held.about,
        text=held.text,
        files=held.files,
        message=held.message,
        topics=held.topics,
        tries=held.tries,
    )
