"""The confidential desk's key while somebody of the desk works: in the memory of this process, for one session."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.console import ConsoleRules
from storage.sealing import OpenedKey, Unopenable, WrongPassphrase

#: Sealed and opened again to see that a key is this installation's.
_PROBE = b"csobot"


@dataclass(slots=True)
class _Open:
    key: OpenedKey
    used_at: datetime
    #: Takes the key out of memory by itself.
    ends: asyncio.TimerHandle


@dataclass(slots=True)
class _Tries:
    wrong: int = 0
    until: datetime | None = None


@dataclass(slots=True)
class OpenKeys:
    """Unlocked keys by the public name of the session; nothing of them is stored, shared or logged.

    Another process (a further replica, or this one after a restart) knows nothing of them and asks for the passphrase.
    """

    rules: ConsoleRules
    #: Seals for the desk, as the bot does.
    seal: Callable[[bytes], bytes]
    _open: dict[str, _Open] = field(default_factory=dict)
    _tries: dict[int, _Tries] = field(default_factory=dict)
    #: Stretching a passphrase takes 128 MB: one at a time.
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    def of(self, session: str, now: datetime) -> OpenedKey | None:
        """The key of this session, which is in use again; None where it is locked or was left alone too long."""
        found = self._open.get(session)
        if found is None:
            return None
        if not timedelta(0) <= now - found.used_at < self.rules.confidential_idle:
            self.lock(session)
            return None
        found.ends.cancel()
        self._open[session] = _Open(found.key, now, self._timer(session))
        return found.key

    def lock(self, session: str) -> bool:
        """Forget the key; whether there was one."""
        found = self._open.pop(session, None)
        if found:
            found.ends.cancel()
        return found is not None

    def barred(self, person: int, now: datetime) -> bool:
        """Whether this person typed too many wrong passphrases a moment ago."""
        tries = self._tries.get(person)
        return bool(tries and tries.until and now < tries.until)

    async def unlock(self, session: str, person: int, private_text: str, passphrase: str, now: datetime) -> None:
        """Raises `WrongPassphrase`, or `Unopenable` for another desk's key and for what is no key file."""
        try:
            async with self._one:
                key = await asyncio.to_thread(OpenedKey, private_text, passphrase)
            if key.open(self.seal(_PROBE)) != _PROBE:
                raise Unopenable
        except (WrongPassphrase, Unopenable):
            self._count(person, now)
            raise
        self._tries.pop(person, None)
        self.lock(session)
        self._open[session] = _Open(key, now, self._timer(session))

    def _count(self, person: int, now: datetime) -> None:
        tries = self._tries.setdefault(person, _Tries())
        tries.wrong += 1
        if tries.wrong >= self.rules.wrong_codes:
            self._tries[person] = _Tries(0, now + self.rules.locked)

    def _timer(self, session: str) -> asyncio.TimerHandle:
        seconds = self.rules.confidential_idle.total_seconds()
        return asyncio.get_running_loop().call_later(seconds, self._open.pop, session, None)
