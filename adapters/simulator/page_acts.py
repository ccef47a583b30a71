"""What is done on the page: each act is what a person would do in the app of the platform."""

import time
from collections.abc import Mapping
from pathlib import Path

from adapters.simulator.faults import ControlError, Network
from adapters.simulator.limits import FloodLimits, Rate, SlackLimits
from adapters.simulator.page_cast import Cast
from adapters.simulator.page_words import FOLDER
from adapters.simulator.server import Simulator
from adapters.simulator.slack_acts import Filled, form_fields
from adapters.simulator.slack_delivery import Ack
from adapters.simulator.slack_state import SlackChannel, SlackUser
from adapters.simulator.telegram_state import Chat, Person

SAMPLES: Mapping[str, tuple[str, str]] = {
    "voice": ("voice.oga", "audio/ogg"),
    "photo": ("photo.jpg", "image/jpeg"),
    "document": ("assessment.pdf", "application/pdf"),
}
VOICE_SECONDS = 4
#: Longest text a person can type in either app; longer ones are cut by the field.
LONGEST = 4000
#: How long a notice is seen, in seconds.
NOTICE_SECONDS = 6.0
#: The flood limit of the switch: one message in ten seconds for each chat.
SLOW = Rate(1, 10.0)
COMMAND = "/csobot"


class Notices:
    """What pops up for a moment: words for one person, or a key of the page's own words."""

    def __init__(self) -> None:
        self._shown: dict[str, list[tuple[float, str]]] = {}

    def put(self, who: str, words: str) -> None:
        """Show it to this person (or to all: "page")."""
        self._shown.setdefault(who, []).append((time.monotonic() + NOTICE_SECONDS, words))

    def __call__(self, who: str) -> tuple[str, ...]:
        """What pops up now."""
        now = time.monotonic()
        self._shown[who] = [each for each in self._shown.get(who, []) if each[0] > now]
        return tuple(words for _, words in self._shown[who])


class Acts:
    """The people's hands. Every method may raise `ControlError`: what no person could do."""

    def __init__(self, simulator: Simulator, cast: Cast, notices: Notices) -> None:
        self.simulator = simulator
        self.cast = cast
        self.notices = notices
        self._answered: set[str] = set()

    # Telegram

    def telegram_say(self, who: str, given: Mapping[str, str]) -> None:
        """Write, or send a file: to the bot, or in a topic of the forum."""
        telegram, person = self.simulator.telegram, self._on_telegram(who)
        chat = self.cast.forum if person is self.cast.regional else person
        thread = _number(given.get("under", ""))
        if (sample := given.get("send", "")) in SAMPLES:
            self._telegram_file(person, sample, chat, thread)
            return
        text = "/start" if sample == "start" else given.get("text", "").strip()[:LONGEST]
        if text:
            reply_to = telegram.state.message(chat.id, _number(given.get("reply_to", "")))
            telegram.say(person, text, chat, thread, reply_to)

    def _telegram_file(self, person: Person, sample: str, chat: Chat, thread: int) -> None:
        telegram, (name, media_type) = self.simulator.telegram, SAMPLES[sample]
        content = _content(name)
        match sample:
            case "voice":
                telegram.send_voice(person, content, VOICE_SECONDS, chat=chat, thread=thread)
            case "photo":
                telegram.send_photo(person, content, chat=chat, thread=thread)
            case _:
                telegram.send_document(person, content, name, media_type, chat=chat, thread=thread)

    def telegram_press(self, who: str, press: str) -> None:
        """Press a button below a message."""
        chat, _, rest = press.partition(":")
        number, _, button = rest.partition(":")
        message = self.simulator.telegram.state.message(_number(chat), _number(number))
        if message is None:
            raise ControlError("there is no such message")
        self.simulator.telegram.press(self._on_telegram(who), message, _number(button))

    def gather_answers(self) -> None:
        """What the bot answered to pressed buttons pops up in front of who pressed."""
        for callback in self.simulator.telegram.callback_answers:
            if callback.id not in self._answered:
                self._answered.add(callback.id)
                if callback.answer:
                    who = self.cast.called("telegram", str(callback.user.id))
                    self.notices.put(who, callback.answer)

    def _on_telegram(self, who: str) -> Person:
        person = self.cast.on_telegram(who)
        if person is None:
            raise ControlError("nobody of that name is on Telegram")
        return person

    # Slack

    async def slack_say(self, who: str, given: Mapping[str, str]) -> None:
        """Write, send a file or type a slash command: to the bot, in a channel, in a thread."""
        slack, person = self.simulator.slack, self._on_slack(who)
        channel = self._channel(given.get("place", ""))
        text = given.get("text", "").strip()[:LONGEST]
        if (sample := given.get("send", "")) in SAMPLES:
            name, media_type = SAMPLES[sample]
            file = slack.file(person, name, _content(name), media_type)
            slack.say(person, channel, "", given.get("under", ""), [file])
        elif text.startswith("/"):
            await self._command(person, channel, text)
        elif text:
            slack.say(person, channel, text, given.get("under", ""))

    async def _command(self, person: SlackUser, channel: SlackChannel | None, text: str) -> None:
        command, _, words = text.partition(" ")
        if command != COMMAND:
            self._tell(person, "unknown_command")
            return
        self._heed(person, await self.simulator.slack.command(person, channel, command, words.strip()))

    async def slack_press(self, who: str, press: str) -> None:
        """Press a button below a message."""
        slack, person = self.simulator.slack, self._on_slack(who)
        channel, _, rest = press.partition(":")
        ts, _, place = rest.partition(":")
        message = self.simulator.slack.state.messages.get(channel, {}).get(ts)
        if message is None or message.deleted:
            raise ControlError("there is no such message")
        offered = slack.buttons(message)
        if not 0 <= _number(place) < len(offered):
            raise ControlError("there is no such button")
        found = offered[_number(place)]
        self._heed(person, await slack.forge_press(person, message, found.action_id, found.value, found.block_id))

    async def slack_form(self, who: str, given: Mapping[str, str]) -> None:
        """Send the form in front of somebody, or close it."""
        slack, person = self.simulator.slack, self._on_slack(who)
        view = next((each for each in slack.views(person) if each.id == given.get("modal")), None)
        if view is None:
            return
        if given.get("act") == "close":
            await slack.close(person, view)
            return
        values: dict[str, Filled] = {
            field.block_id: given.get(f"field-{field.block_id}", "").strip() for field in form_fields(view)
        }
        missing = any(field.required and not values[field.block_id] for field in form_fields(view))
        if missing:
            self._tell(person, "form_full")
            return
        self._heed(person, (await slack.submit(person, view, values)).ack)

    def _heed(self, person: SlackUser, ack: Ack) -> None:
        if not ack.ok:
            self._tell(person, "no_answer")

    def _tell(self, person: SlackUser, key: str) -> None:
        self.notices.put(self.cast.called("slack", person.id), key)

    def _on_slack(self, who: str) -> SlackUser:
        person = self.cast.on_slack(who)
        if person is None:
            raise ControlError("nobody of that name is on Slack")
        return person

    def _channel(self, identifier: str) -> SlackChannel | None:
        return next((each for each in self.cast.channels.values() if each.id == identifier), None)

    # Trouble

    def trouble(self, given: Mapping[str, str]) -> None:
        """Set the switches as they stand on the page."""
        telegram, slack = self.simulator.telegram, self.simulator.slack
        network = Network.DOWN if given.get("network") else Network.UP
        telegram.faults.network = slack.faults.network = network
        limited = bool(given.get("flood"))
        telegram.limit(FloodLimits(private_chat=SLOW) if limited else FloodLimits())
        slack.limit(SlackLimits(channel=SLOW) if limited else SlackLimits())
        blocks = bool(given.get("blocked"))
        if blocks != self.cast.amina.blocked:
            (telegram.block if blocks else telegram.unblock)(self.cast.amina)
        telegram.state.changes.touch()


def _number(text: str) -> int:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 20 else 0


def _content(name: str) -> bytes:
    return Path(FOLDER, "samples", name).read_bytes()
