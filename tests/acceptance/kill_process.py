"""csobot as it really runs: a process of its own, that can be killed and started again."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from pathlib import Path

from adapters.simulator.server import Simulator
from storage.sealing import new_confidential_pair, new_process_key
from tests.ports import free_port

REPOSITORY = Path(__file__).resolve().parents[2]
#: A start on a busy machine.
LONGEST_START = 40.0


def environment(simulator: Simulator, database_url: str, folder: Path) -> dict[str, str]:
    """The settings of a process that takes the simulator for both platforms and sends as fast as it can."""
    app = simulator.slack.app
    ours = {
        "DATABASE_URL": database_url,
        "FILES": str(folder / "files"),
        "PROCESS_KEY": new_process_key(),
        "CONFIDENTIAL_PUBLIC_KEY": new_confidential_pair("a passphrase of this test")[0],
        "HTTP__PORT": str(free_port()),
        "METRICS__PORT": str(free_port()),
        "LOG_LEVEL": "warning",
        "TELEGRAM__TOKEN": simulator.telegram.token,
        "TELEGRAM__BASE_URL": simulator.telegram_base_url,
        "TELEGRAM__BASE_FILE_URL": simulator.telegram_file_url,
        "TELEGRAM__RATE": "1000",
        "TELEGRAM__CHAT_SECONDS": "0",
        "TELEGRAM__GROUP_SECONDS": "0",
        "SLACK__BOT_TOKEN": app.bot_token,
        "SLACK__APP_TOKEN": app.app_token,
        "SLACK__BASE_URL": simulator.slack_base_url,
        "SLACK__RATE": "1000",
        "SLACK__CHANNEL_SECONDS": "0",
    }
    foreign = {name: value for name, value in os.environ.items() if not name.startswith("CSOBOT_")}
    return _quick(foreign) | {f"CSOBOT_{name}": value for name, value in ours.items()}


def _quick(environment: dict[str, str]) -> dict[str, str]:
    """Where Python is told to keep no bytecode, every start compiles every library: ten seconds instead of two."""
    quick = {**environment, "PYTHONPATH": str(REPOSITORY)}
    if quick.pop("PYTHONDONTWRITEBYTECODE", ""):
        quick["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "csobot-bytecode")
    return quick


class Csobot:
    """`python -m bot run`, again and again with the same settings."""

    def __init__(self, settings: dict[str, str], folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        #: What every run said on stderr.
        self.log = folder / "csobot.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    async def start(self) -> None:
        """Begin to start; see `ready`."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=self._settings,
                cwd=self._folder,
            )

    async def ready(self) -> None:
        """Returns when the process says where it listens."""
        assert self.process.stdout is not None
        async with asyncio.timeout(LONGEST_START):
            line = await self.process.stdout.readline()
        if not line.startswith(b"http://"):
            raise RuntimeError(f"csobot did not start: {self.log.read_text(encoding='utf-8')[-2000:]}")

    async def kill(self) -> None:
        """SIGKILL: no time for anything."""
        self.process.kill()
        await self.process.wait()

    async def terminate(self) -> int:
        """SIGTERM, as every service manager does; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            return await self.process.wait()

    async def clear_away(self) -> None:
        """Nothing is left running, however the test ended."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                await self.kill()
