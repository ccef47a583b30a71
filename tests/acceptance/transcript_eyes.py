"""What people see on both platforms, as lines of a transcript: what is new or different since they last looked."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from adapters.simulator.server import Simulator
from adapters.simulator.slack_state import SlackChannel, SlackMessage, SlackUser
from adapters.simulator.telegram_state import Group
from adapters.simulator.telegram_state import Message as TelegramMessage
from adapters.simulator.telegram_state import Person as TelegramPerson
from tests.acceptance.transcript_script import CSO, ONLY_YOU, folded

_CARD = re.compile(r"[QC]-\d{4,} ·")
#: Marks that only Slack shows as characters.
_MARKS = re.compile(r"[*`]")
_LINK = re.compile(r"<(https?://[^>|]+)>")


@dataclass(frozen=True, slots=True)
class Sight:
    """A message as it reads now."""

    lines: tuple[str, ...]
    buttons: tuple[str, ...] = ()
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """One line that somebody reads."""

    who: str
    text: str


@dataclass(slots=True)
class Eyes:
    """Everybody's eyes; `look` tells what is new."""

    simulator: Simulator
    #: Private chats and groups on either platform, by the name of who reads there.
    telegram: dict[str, TelegramPerson | Group] = field(default_factory=dict)
    slack: dict[str, SlackChannel] = field(default_factory=dict)
    #: Slack: who is shown something that others in the channel are not.
    slack_people: dict[str, SlackUser] = field(default_factory=dict)
    #: Members of staff: what they alone read is marked.
    alone: set[str] = field(default_factory=set)
    _known: dict[str, Sight] = field(default_factory=dict)
    _notices: int = 0

    def look(self) -> list[Seen]:
        """What anybody could read for the first time since the last look."""
        seen: list[Seen] = []
        for who, chat in self.telegram.items():
            for message in self.simulator.telegram.history(chat):
                if message.from_bot and not message.service:
                    seen += self._compared(f"t:{chat.id}:{message.id}", who, _telegram_sight(message))
        for who, channel in self.slack.items():
            for message in self.simulator.slack.history(channel):
                if message.from_bot:
                    reader = self._reader(who, message)
                    seen += self._compared(f"s:{channel.id}:{message.ts}", reader, self._slack_sight(message))
        return [self._marked(each) for each in (*seen, *self._callbacks())]

    def _marked(self, seen: Seen) -> Seen:
        return Seen(seen.who, f"{ONLY_YOU}{seen.text}") if seen.who in self.alone else seen

    def _compared(self, key: str, who: str, now: Sight) -> Iterator[Seen]:
        before = self._known.get(key)
        self._known[key] = now
        if before is None:
            if not now.deleted:
                yield from _told(who, "", now.lines, now.buttons)
        elif now.deleted and not before.deleted:
            yield from _told(who, "(deleted) ", before.lines[:1], ())
        elif now != before:
            changed = tuple(line for line in now.lines if line not in before.lines)
            mark = "(card) " if _CARD.match(now.lines[0]) and who != CSO else "(changed) "
            yield from _told(who, mark, changed, now.buttons if now.buttons != before.buttons else ())

    def _reader(self, who: str, message: SlackMessage) -> str:
        """Who reads a message in a Slack channel: everybody there, or the one person it was shown to."""
        if not message.only_for:
            return who
        return next((name for name, user in self.slack_people.items() if user.id == message.only_for), message.only_for)

    def _slack_sight(self, message: SlackMessage) -> Sight:
        words = _LINK.sub(r"\1", _MARKS.sub("", self.simulator.slack.plain(message)))
        labels = tuple(button.label for button in self.simulator.slack.buttons(message))
        return Sight(_lines(words, [file.name for file in message.files]), labels, message.deleted)

    def _callbacks(self) -> Iterator[Seen]:
        """Notices on pressed buttons (Telegram)."""
        answers = self.simulator.telegram.callback_answers
        for callback in answers[self._notices :]:
            name = next((who for who, chat in self.telegram.items() if chat is callback.user), str(callback.user.id))
            if callback.answer:
                yield from _told(name, "", (folded(callback.answer),), ())
        self._notices = len(answers)


def _telegram_sight(message: TelegramMessage) -> Sight:
    file = [message.attachment.name] if message.attachment else []
    return Sight(_lines(message.text, file), message.labels, message.deleted)


def _lines(words: str, files: Iterable[str]) -> tuple[str, ...]:
    lines = [folded(line) for line in words.split("\n") if line.strip()] or [""]
    marks = " ".join(f"(file) {name}" for name in files)
    return (folded(f"{marks} {lines[0]}"), *lines[1:])


def _told(who: str, mark: str, lines: tuple[str, ...], buttons: tuple[str, ...]) -> Iterator[Seen]:
    """The lines of one message, the buttons behind the last."""
    shown = [*lines] or [""]
    if buttons:
        shown[-1] = "  ".join(filter(None, (shown[-1], _buttons(buttons))))
    for place, line in enumerate(shown):
        yield Seen(who, f"{mark}{line}" if place == 0 else line)


def _buttons(labels: tuple[str, ...]) -> str:
    """Choices that can be typed stand as they are, all others in brackets."""
    if all(label[:1].isdigit() for label in labels):
        return "  ".join(labels)
    return " ".join(f"[{label}]" for label in labels)
