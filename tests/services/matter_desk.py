"""The confidential desk's console on an office with one sealed matter, its key file and its passphrase."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
from nacl import pwhash, secret, utils

from bot.core.message import Said
from bot.core.routing.reading import Reading
from storage import clock
from storage.database import Database
from storage.sealing import ProcessSeal, _text, _unlocked
from tests.services.console_desk import SAME, Desk, open_desk
from tests.services.office import PRIVATE_KEY, Office, open_office

SECRET, FILE, ANSWER, NOTE = "Zwegedougou", "Yokoloma", "Mbarqueza", "Tamkaraba"
PASSPHRASE = "open sesame"
DELICATE = Reading(sensitive=True, language="en")
HOME = "/console/confidential"


def _quick(private_text: str) -> str:
    """The same key behind the same passphrase, stretched less: tests unlock it often."""
    salt = utils.random(pwhash.argon2id.SALTBYTES)
    operations, memory = pwhash.argon2id.OPSLIMIT_MIN, pwhash.argon2id.MEMLIMIT_MIN
    stretched = pwhash.argon2id.kdf(secret.SecretBox.KEY_SIZE, PASSPHRASE.encode(), salt, operations, memory)
    locked = bytes(secret.SecretBox(stretched).encrypt(bytes(_unlocked(private_text, PASSPHRASE))))
    parts = {"salt": _text(salt), "operations": operations, "memory": memory, "locked": _text(locked)}
    return json.dumps(parts)


KEY_FILE = _quick(PRIVATE_KEY)


@dataclass
class Matters:
    """What the tests of the confidential desk do."""

    desk: Desk

    @property
    def office(self) -> Office:
        return self.desk.office

    async def get(self, path: str = "") -> httpx.Response:
        return await self.desk.client.get(f"{HOME}{path}")

    async def post(self, path: str, **fields: str) -> httpx.Response:
        return await self.desk.client.post(
            f"{HOME}{path}", data={"csrf": await self.desk.csrf(), **fields}, headers=SAME
        )

    async def unlock(self, passphrase: str = PASSPHRASE, key: str = KEY_FILE) -> httpx.Response:
        data = {"csrf": await self.desk.csrf(), "passphrase": passphrase, "number": "1"}
        files = {"key": ("confidential-private.json", key.encode(), "application/json")}
        return await self.desk.client.post(f"{HOME}/unlock", data=data, files=files, headers=SAME)

    async def at_the_desk(self) -> "Matters":
        """Somebody of the confidential desk is signed in, and has unlocked the key."""
        self.desk.sign_in("confidential")
        assert (await self.unlock()).status_code == 303
        return self

    def report(self, contact: str = "contact_here", fate: str = "pass_to_confidential") -> None:
        """C-0001, with a file, from the CSO in Kenya."""
        file = self.office.setup.files.add(f"list of {FILE}".encode(), f'{FILE}"\r\n.txt', "text/plain")
        said = Said(f"A worker of {SECRET} asks for favours", message="70", files=(file,))
        self.office.hear(self.office.event("500", said), DELICATE)
        self.office.press(self.office.token(f"buttons.{fate}"))
        if contact:
            self.office.press(self.office.token(f"buttons.{contact}"))
        self.office.deliver()


@asynccontextmanager
async def open_matters(url: str, seal: ProcessSeal, folder: Path, now: datetime) -> AsyncIterator[Matters]:
    """The product clock stands still."""
    database = Database(url)
    database.run_sync(lambda tx: clock.freeze(tx, now))
    async with open_desk(open_office(database, seal, folder, now)) as opened:
        yield Matters(opened)
    database.close()
