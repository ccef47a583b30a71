"""Running until told to stop: with the platforms of the settings, or with the simulator when there are none."""

import asyncio
from collections.abc import Callable

from bot.app.application import Application
from bot.app.demo import Demo
from bot.app.metrics import Metrics
from bot.core.world import World
from config.settings import Settings


async def serve(settings: Settings, world: World, stopped: asyncio.Event, say: Callable[[str], None]) -> None:
    """Start, say where, wait, stop: nothing is left half done."""
    if settings.telegram_accounts or settings.slack_accounts:
        async with Application(settings, world) as application:
            await _until(application, settings, stopped, say)
        return
    async with Demo(settings, world) as demo:
        await _until(demo.application, settings, stopped, say)


async def _until(
    application: Application, settings: Settings, stopped: asyncio.Event, say: Callable[[str], None]
) -> None:
    host = settings.http.host if ":" not in settings.http.host else f"[{settings.http.host}]"
    with Metrics(application.database, settings.metrics.host, settings.metrics.port):
        say(f"http://{host}:{settings.http.port}")
        await stopped.wait()
