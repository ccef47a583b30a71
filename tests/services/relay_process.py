"""A relay in a process of its own, to be killed: relay_process.py URL PORT FOLDER."""

import asyncio
import signal
import sys
from pathlib import Path

from bot.relay import Relay
from storage.database import Database
from storage.files import FileStore
from storage.sealing import ProcessSeal
from tests.services.wire import WireChannel, render


async def main(url: str, port: str, folder: str) -> None:
    database = Database(url)
    relay = Relay(
        database,
        {"wire": WireChannel(int(port))},
        render,
        FileStore(Path(folder), ProcessSeal(bytes(32))),
        lambda _tx, _outcomes, _now: None,
        rates={"wire": 2000.0},
        pace=lambda _: 0.0,
        lease_seconds=1.0,
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, relay.stop)
    print("started", flush=True)
    await relay.run()
    database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
