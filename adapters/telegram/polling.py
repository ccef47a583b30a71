"""Our own getUpdates loop. An update is stored before the offset moves, because moving it makes Telegram forget it."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

import structlog
from telegram.error import Conflict, InvalidToken, TelegramError

from adapters.telegram.fields import mapping, sequence
from adapters.telegram.inbound import ALLOWED_UPDATES, raw
from adapters.telegram.request import AiohttpRequest, TooMany
from bot.core.channel import Raw

#: Stores events durably; returns after the commit, and may be given the same event again.
Accept: TypeAlias = Callable[[list[Raw]], Awaitable[None]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How long the loop waits for what, in seconds."""

    #: How long Telegram may hold a request open while there is nothing to tell.
    hold: float = 30
    #: How long beyond that an answer may take.
    grace: float = 10
    #: After an empty answer that Telegram did not hold open. After a failure: doubled each time, up to the longest,
    #: never in step with other pollers.
    pause: float = 1
    longest_pause: float = 30
    #: After being told that somebody else polls, or that the token is not valid.
    helpless: float = 30


class Poller:
    """Fetches updates for ever. `last_ok` is when Telegram last answered and all it told was stored."""

    def __init__(
        self, account: str, request: AiohttpRequest, base_url: str, accept: Accept, rhythm: Rhythm | None = None
    ) -> None:
        self.last_ok: datetime | None = None
        self._account = account
        self._request = request
        self._url = f"{base_url}/getUpdates"
        self._accept = accept
        self._rhythm = rhythm or Rhythm()
        self._offset: int | None = None
        self._failures = 0
        self._said = ""

    async def run(self) -> None:
        """Poll until cancelled. What was fetched but not stored is fetched again by whoever polls next."""
        while True:
            if pause := await self._round():
                await asyncio.sleep(pause)

    async def _round(self) -> float:
        """One request; returns how long to wait before the next: not at all unless something is odd."""
        asked, first = time.monotonic(), self.last_ok is None
        try:
            anything = await self._take(await self._ask())
        except Conflict:
            return self._helpless("another program fetches the updates of this bot, or a webhook is set: stop it")
        except InvalidToken:
            return self._helpless("Telegram does not accept the token of this bot: check it")
        except TooMany as error:
            return error.after.total_seconds()
        except TelegramError as error:
            return self._failed(error)
        except Exception as error:  # the edge: a store that fails must not end the loop
            return self._failed(error)
        if self._failures:
            log.info("telegram.polling.recovered", account=self._account, failures=self._failures)
        self._failures, self._said = 0, ""
        self.last_ok = datetime.now(UTC)
        held = time.monotonic() - asked >= self._rhythm.hold / 2
        return 0 if anything or held or first else self._rhythm.pause

    async def _ask(self) -> Sequence[object]:
        # The first question is not held open: its answer says at once that Telegram is heard.
        hold = int(self._rhythm.hold) if self.last_ok else 0
        question: dict[str, object] = {"timeout": hold, "allowed_updates": list(ALLOWED_UPDATES)}
        if self._offset is not None:
            question["offset"] = self._offset
        return sequence(await self._request.call(self._url, question, self._rhythm.hold + self._rhythm.grace))

    async def _take(self, updates: Sequence[object]) -> bool:
        """Store a batch, then move on; whether there was one.

        An empty answer means that all we named is forgotten, so no offset is needed any more: after a week of silence
        Telegram starts its ids anew, perhaps below the last one.
        """
        events = [event for update in updates if (event := raw(self._account, mapping(update)))]
        if events:
            await self._accept(events)
            self._offset = int(events[-1].event_id) + 1
        elif updates:
            raise TelegramError("updates without an id")
        else:
            self._offset = None
        return bool(events)

    def _failed(self, error: Exception) -> float:
        """Only the type is logged: the text of a store's error may hold what somebody wrote."""
        self._failures += 1
        log.warning(
            "telegram.polling.failed", account=self._account, error=type(error).__name__, failures=self._failures
        )
        pause = min(self._rhythm.longest_pause, self._rhythm.pause * 2.0 ** min(self._failures - 1, 16))
        return pause * random.uniform(0.5, 1)

    def _helpless(self, sentence: str) -> float:
        """What only a person can change is said once and tried again slowly."""
        if sentence != self._said:
            log.error("telegram.polling.stopped", account=self._account, reason=sentence)
        self._failures, self._said = self._failures + 1, sentence
        return self._rhythm.helpless * random.uniform(0.8, 1)
