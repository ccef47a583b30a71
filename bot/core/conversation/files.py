"""Files: a voice message or a photo may show what nobody should pass on, so the person is asked first."""

from bot.core.conversation.asking import ask
from bot.core.conversation.binding import Words, bind, held_words
from bot.core.conversation.scene import Scene
from bot.core.conversation.sensitive import passed_on
from bot.core.conversation.state import Ask, Prompt, State, Turn
from bot.core.message import FileKind, RefusedFile, Said, StoredFile
from bot.core.turn import Option, Say, Seal, SetTimer

#: What cannot be searched for words.
UNREADABLE = frozenset({FileKind.VOICE, FileKind.PHOTO})
#: Minutes until the check is asked again, once, and then the confidential desk gets it.
UNCHECKED_MINUTES = 60

CHECK = (Option("no", "not_confidential_pass_on"), Option("yes", "in_confidence"))


def stored(said: Said) -> tuple[StoredFile, ...]:
    return tuple(file for file in said.files if isinstance(file, StoredFile))


def refusals(said: Said, scene: Scene) -> tuple[Say, ...]:
    """One sentence for each file that was not taken; the rest of the message goes its way."""
    mailbox = scene.world.office.mailbox
    refused = (file for file in said.files if isinstance(file, RefusedFile))
    return tuple(Say(f"errors.file_{file.why}", {"name": file.name, "mailbox": mailbox}) for file in refused)


def needs_check(files: tuple[StoredFile, ...]) -> bool:
    return any(file.kind in UNREADABLE for file in files)


def check(state: State, scene: Scene, words: Words, tries: int = 0) -> Turn:
    """Ask before anybody sees it."""
    held = held_words(scene, words, tries)
    asked = ask(Turn(state), scene, Ask.FILE_CHECK, "confidential.file_check", CHECK, {}, held)
    return asked.then(SetTimer("unchecked", f"{scene.key}/{Ask.FILE_CHECK}", UNCHECKED_MINUTES))


def checked(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    left = state.without(prompt)
    if value == "no":
        return bind(left, scene, Words(prompt.text, prompt.files, prompt.topics, prompt.message))
    return passed_on(Turn(left, (Seal(scene.key, prompt.text, prompt.files),)), scene, scene.key)


def unchecked(prompt_id: str, state: State, scene: Scene) -> Turn:
    """No answer for an hour: asked once more, then only the confidential desk gets it."""
    prompt = state.prompt(prompt_id)
    if prompt is None:
        return Turn(state)
    left = state.without(prompt)
    if prompt.tries == 0:
        words = Words(prompt.text, prompt.files, prompt.topics, prompt.message)
        return check(left, scene, words, tries=1)
    return passed_on(Turn(left, (Seal(scene.key, prompt.text, prompt.files),)), scene, scene.key)
