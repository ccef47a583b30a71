"""Conversations as they are written down, played against the real application on both platforms."""

import asyncio
import difflib
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app.application import make_reader
from config import settings as config
from config import world as worlds
from storage.sealing import new_confidential_pair, new_process_key
from tests.acceptance import transcript_script as scripts
from tests.acceptance.transcript_play import Record, play
from tests.acceptance.transcript_script import Script
from tests.acceptance.transcript_stage import House, Platforms

FOLDER = Path(__file__).parent / "transcripts"
#: Every transcript is played on these, side by side …
ACROSS = (Platforms("telegram", "slack", typed=True), Platforms("slack", "telegram", typed=False))
#: … and one that says "# everywhere" on these as well.
ALONE = (Platforms("telegram", "telegram", typed=False), Platforms("slack", "slack", typed=True))


def _plays() -> list[object]:
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        script = scripts.read(path)
        marks = [pytest.mark.req(each) for each in script.requirements]
        for platforms in _stages(script):
            found.append(pytest.param(script, platforms, marks=marks, id=f"{path.stem}-{platforms}"))
    return found


def _stages(script: Script) -> tuple[Platforms, ...]:
    everywhere = any(line.written == "# everywhere" for line in script.lines)
    return (*ACROSS, *(ALONE if everywhere else ()))


#: What became of each transcript: all its plays are played when the first is asked for.
Records = dict[Path, dict[Platforms, Record]]


@pytest.fixture(scope="session")
def records() -> Records:
    return {}


async def _played(records: Records, house: House, script: Script, folder: Path) -> dict[Platforms, Record]:
    """The plays wait for the network most of the time, and so do not wait for each other."""
    if script.path not in records:
        stages = _stages(script)
        plays = (play(house, script, stage, folder / str(stage)) for stage in stages)
        records[script.path] = dict(zip(stages, await asyncio.gather(*plays), strict=True))
    return records[script.path]


@pytest.fixture(scope="session")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> House:
    """The shipped office, one reader and one pair of keys for all plays."""
    world = worlds.load(None)
    public, _private = new_confidential_pair("a passphrase of this test")
    settings = config.load().model_copy(
        update={"process_key": SecretStr(new_process_key()), "confidential_public_key": SecretStr(public)}
    )
    return House(settings, world, make_reader(world), sqlite_template)


@pytest.mark.parametrize(("script", "platforms"), _plays())
async def test_transcript(
    house: House,
    records: Records,
    script: Script,
    platforms: Platforms,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """What is said is what the transcript says, to everybody, and nothing is left undone."""
    record = (await _played(records, house, script, tmp_path))[platforms]
    if request.config.getoption("--rewrite-transcripts", default=False) and platforms == ACROSS[0]:
        script.path.write_text("\n".join(record.written) + "\n", encoding="utf-8")
        record.expected = record.heard
    differences = _differences(record)
    as_written = not differences
    assert as_written, f"{script.path.name} on {platforms}:\n{differences}"


def _differences(record: Record) -> str:
    """The two columns beside each other, where they differ; then what else was wrong."""
    lines = []
    if record.expected != record.heard:
        lines += list(difflib.ndiff(record.expected, record.heard))
    return "\n".join([*lines, *(f"! {problem}" for problem in record.problems)])
