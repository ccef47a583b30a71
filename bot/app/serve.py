"""Running until told to stop: with the platforms of the settings, or with the simulator when there are none."""

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable

from bot.app.application import Application
from bot.app.demo import Demo, clear_stage
from bot.app.metrics import Metrics
from bot.core.world import World
from config.settings import Settings
from storage import fresh
from storage.database import Database

#: The event loop gets its turn this soon when the writer and the reader are at work in their threads.
SWITCH_SECONDS = 0.001


def settle_memory() -> None:
    """What a start has loaded stays until the end: looking at it again and again for rubbish takes 100 ms each time."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


async def serve(settings: Settings, world: World, stopped: asyncio.Event, say: Callable[[str], None]) -> None:
    """Start, say where, wait, stop: nothing is left half done."""
    sys.setswitchinterval(SWITCH_SECONDS)
    if settings.telegram_accounts or settings.slack_accounts:
        application = Application(settings, world)
        await application.database.run(clear_stage)
        async with application:
            await _until(application, settings, stopped.wait(), say)
        return
    await _demonstrate(settings, world, stopped, say)


async def _demonstrate(settings: Settings, world: World, stopped: asyncio.Event, say: Callable[[str], None]) -> None:
    """The demo until it is told to stop; whoever starts it over gets an empty database and the same address."""
    demo = Demo(settings, world)
    while True:
        async with demo:
            await _until(demo.application, settings, _either(stopped, demo.over), say)
        if stopped.is_set():
            return
        await asyncio.to_thread(_forget_everything, settings)
        demo, say = Demo(settings, world, demo.application.reader), _say_nothing


def _forget_everything(settings: Settings) -> None:
    database = Database(settings.database_url.get_secret_value())
    database.run_sync(fresh.empty)
    database.close()


def _say_nothing(_line: str) -> None:
    """The address was said before."""


async def _either(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for each in waits:
        each.cancel()


async def _until(
    application: Application, settings: Settings, stopped: Awaitable[object], say: Callable[[str], None]
) -> None:
    host = settings.http.host if ":" not in settings.http.host else f"[{settings.http.host}]"
    with Metrics(application.database, application.loop_watch, settings.metrics.host, settings.metrics.port):
        settle_memory()
        say(f"http://{host}:{settings.http.port}")
        await stopped
