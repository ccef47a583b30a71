"""People who go on with their work while csobot dies and comes back: what did not happen, they do again."""

import asyncio
import random
import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from adapters.simulator.slack_state import SlackMessage, View
from adapters.simulator.telegram_state import Message
from tests.acceptance.kill_stage import SlackDesk, Stage, TelegramDesk

Found = TypeVar("Found")

SITE = re.compile(r"site (\d{3})")
REFERENCE = re.compile(r"Q-\d{4,}")
#: How long somebody waits for something to happen before they press again.
PATIENCE = 2.5
_GLANCE = 0.05
#: What stands on the buttons, in the languages of the desks.
REPLY = ("Reply", "Répondre", "Responder")
SEND_NOW = ("Send now", "Envoyer maintenant", "Enviar ahora")
GIVE_UP = ("Cancel", "Annuler", "Cancelar")


def label(shown: Iterable[str], wanted: Iterable[str]) -> str:
    """The label among those shown, or nothing."""
    return next((each for each in shown if each in wanted), "")


async def seen(look: Callable[[], Found | None], seconds: float) -> Found | None:
    """What somebody sees within so many seconds, or None."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while not (found := look()) and loop.time() < until:  # noqa: ASYNC110 - people look again and again
        await asyncio.sleep(_GLANCE)
    return found


async def ask_all(stage: Stage, chance: random.Random, seconds: float) -> None:
    """Every partner asks, spread over so many seconds in an uneven stream."""
    for partner in chance.sample(stage.partners, len(stage.partners)):
        stage.ask(partner)
        await asyncio.sleep(chance.expovariate(len(stage.partners) / seconds))


class SlackStaff:
    """The focal point of a desk in a Slack channel."""

    def __init__(self, stage: Stage, desk: SlackDesk, chance: random.Random) -> None:
        self._slack = stage.simulator.slack
        self._answers = {partner.number: partner.answer for partner in stage.partners}
        self._desk = desk
        self._chance = chance
        self.answered: set[int] = set()
        #: Presses that had to be repeated, because csobot was away.
        self.again = 0

    async def work(self) -> None:
        """Answer every card that turns up."""
        while True:
            card = await seen(self._next_card, 3600)
            assert card is not None
            await self._answer(card)

    def _next_card(self) -> SlackMessage | None:
        return next((card for card in self._cards() if self._number(card) not in self.answered), None)

    def _cards(self) -> list[SlackMessage]:
        every = self._slack.from_bot(self._desk.channel, "")
        return [each for each in every if self._number(each) >= 0 and self._label(each, REPLY)]

    def _number(self, message: SlackMessage) -> int:
        found = SITE.search(self._slack.plain(message))
        return int(found[1]) if found else -1

    def _label(self, message: SlackMessage, wanted: Iterable[str]) -> str:
        return label((each.label for each in self._slack.buttons(message)), wanted)

    async def _answer(self, card: SlackMessage) -> None:
        number = self._number(card)
        form = await self._form(card)
        while not (await self._slack.submit(self._desk.staff, form, {"text": self._answers[number]})).ack.ok:
            self.again += 1
            await asyncio.sleep(self._chance.uniform(0.3, 1.0))
        self.answered.add(number)
        if self._chance.random() < 0.5:
            await self._hurry(card, self._answers[number])

    async def _form(self, card: SlackMessage) -> View:
        """Press Reply until the form is there."""
        while True:
            ack = await self._slack.press(self._desk.staff, card, self._label(card, REPLY))
            form = await seen(lambda: self._form_of(card), PATIENCE) if ack.ok else None
            if form:
                return form
            self.again += 1
            await asyncio.sleep(self._chance.uniform(0.3, 1.0))

    def _form_of(self, card: SlackMessage) -> View | None:
        """The form of this query: one that was opened late for another query is still there, too."""
        found = REFERENCE.search(self._slack.plain(card))
        assert found is not None
        return next((form for form in self._slack.views(self._desk.staff) if found[0] in str(form.content)), None)

    async def _hurry(self, card: SlackMessage, answer: str) -> None:
        """Send it before the ten seconds are over; whoever is not heard lets it be."""

        def shown_back() -> SlackMessage | None:
            thread = self._slack.from_bot(self._desk.channel, card.ts)
            return next((m for m in thread if answer in self._slack.plain(m) and self._label(m, SEND_NOW)), None)

        if preview := await seen(shown_back, PATIENCE):
            await self._slack.press(self._desk.staff, preview, self._label(preview, SEND_NOW))


class TelegramStaff:
    """The focal point of a desk in a Telegram forum."""

    def __init__(self, stage: Stage, desk: TelegramDesk, chance: random.Random) -> None:
        self._telegram = stage.simulator.telegram
        self._answers = {partner.number: partner.answer for partner in stage.partners}
        self._desk = desk
        self._chance = chance
        self.answered: set[int] = set()
        self.again = 0

    async def work(self) -> None:
        """Answer every card that turns up."""
        while True:
            card = await seen(self._next_card, 3600)
            assert card is not None
            await self._answer(card)

    def _next_card(self) -> Message | None:
        return next((card for card in self._cards() if self._number(card) not in self.answered), None)

    def _cards(self) -> list[Message]:
        every = self._telegram.from_bot(self._desk.forum)
        return [each for each in every if label(each.labels, REPLY) and self._number(each) >= 0]

    def _number(self, message: Message) -> int:
        found = SITE.search(message.text)
        return int(found[1]) if found else -1

    async def _answer(self, card: Message) -> None:
        number = self._number(card)

        def asked() -> Message | None:
            thread = self._telegram.from_bot(self._desk.forum, card.thread)
            return next((message for message in thread if label(message.labels, GIVE_UP)), None)

        while True:
            self._telegram.press(self._desk.staff, card, label(card.labels, REPLY))
            if question := await seen(asked, 2 * PATIENCE):
                break
            self.again += 1
        answer = self._answers[number]
        self._telegram.say(self._desk.staff, answer, self._desk.forum, card.thread, question)
        self.answered.add(number)
        if self._chance.random() < 0.5:
            await self._hurry(card, answer)

    async def _hurry(self, card: Message, answer: str) -> None:
        def shown_back() -> Message | None:
            thread = self._telegram.from_bot(self._desk.forum, card.thread)
            return next((m for m in thread if answer in m.text and label(m.labels, SEND_NOW)), None)

        if preview := await seen(shown_back, PATIENCE):
            self._telegram.press(self._desk.staff, preview, label(preview.labels, SEND_NOW))


def staff_of(stage: Stage, chance: random.Random) -> list[SlackStaff | TelegramStaff]:
    """One focal point for every desk."""
    return [
        SlackStaff(stage, desk, chance) if isinstance(desk, SlackDesk) else TelegramStaff(stage, desk, chance)
        for desk in stage.desks.values()
    ]
