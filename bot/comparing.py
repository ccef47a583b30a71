"""Puts open questions beside those that ask the same. Reading and comparing happen outside every transaction."""

import asyncio
from functools import partial

from bot.core.routing.encoder import Encoder
from bot.core.routing.words import tidy
from bot.core.similar import NEAR, near, packed
from bot.services import similar
from bot.services.setup import Setup
from storage import clock
from storage import similar as rows
from storage.database import Database

#: Questions that are read, or compared, in one go; the caller comes again while there are more.
SLICE = 100


class Comparer:
    """Called by the clock; any number of replicas may have one."""

    def __init__(self, database: Database, setup: Setup, encoder: Encoder) -> None:
        self._database, self._setup, self._encoder = database, setup, encoder
        self._confidential = setup.world.office.confidential_desk

    async def work(self) -> int:
        """One slice: vectors of what is new, pairs of what has a vector, and what is answered goes; how many."""
        return await self._read() + await self._compare() + await self._let_go()

    async def _read(self) -> int:
        model, hidden = self._encoder.name, self._confidential
        texts = await self._database.read(partial(rows.unread, model=model, confidential=hidden, most=SLICE))
        if not texts:
            return 0
        vectors = await asyncio.to_thread(self._encoder.encode, [tidy(text) for text in texts.values()])
        made = {number: (text, packed(vector)) for (number, text), vector in zip(texts.items(), vectors, strict=True)}
        return await self._database.run(partial(rows.keep, model=model, confidential=hidden, made=made))

    async def _compare(self) -> int:
        model, hidden = self._encoder.name, self._confidential
        fresh = await self._database.read(partial(rows.waiting, model=model, confidential=hidden, most=SLICE))
        if not fresh:
            return 0
        every = await self._database.read(partial(rows.comparable, model=model, confidential=hidden))
        found = await asyncio.to_thread(near, fresh, every, NEAR[self._encoder.confidence])
        return await self._database.run(lambda tx: similar.note(tx, self._setup, list(fresh), found, clock.now(tx)))

    async def _let_go(self) -> int:
        over = await self._database.read(partial(rows.over, confidential=self._confidential, most=SLICE))
        if not over:
            return 0
        return await self._database.run(lambda tx: similar.let_go(tx, self._setup, over, clock.now(tx)))
