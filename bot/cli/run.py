"""`csobot run`: the desk itself, until it is told to stop."""

import asyncio
import signal
from typing import TYPE_CHECKING

import typer

from bot.core.errors import SettingsProblem

if TYPE_CHECKING:
    from bot.core.world import World
    from config.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def run(
    host: str = typer.Option(None, help="Listen here instead of CSOBOT_HTTP__HOST."),
    port: int = typer.Option(None, min=1, max=65535, help="Listen here instead of CSOBOT_HTTP__PORT."),
) -> None:
    """Start csobot. With no channel configured the built-in simulator starts and everything can be tried at once."""
    from bot.app.logs import set_up  # noqa: PLC0415 - heavy, and not needed for --help
    from config import settings as config  # noqa: PLC0415
    from config import world as worlds  # noqa: PLC0415

    settings = config.load()
    http = settings.http.model_copy(update={k: v for k, v in {"host": host, "port": port}.items() if v is not None})
    settings = settings.model_copy(update={"http": http})
    set_up(settings.log_level.value)
    world = worlds.load(settings.world)
    asyncio.run(_serve(settings, world))


async def _serve(settings: "Settings", world: "World") -> None:
    from bot.app.serve import serve  # noqa: PLC0415

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    try:
        await serve(settings, world, stopped, lambda line: print(line, flush=True))
    except OSError as error:
        raise SettingsProblem(f"csobot cannot start: {error.strerror or type(error).__name__}.") from None
