"""Conversations as they are written down, played against the real application on both platforms."""

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
#: Every transcript is played on these …
ACROSS = (Platforms("telegram", "slack", typed=True), Platforms("slack", "telegram", typed=False))
#: … and those whose first line of requirements says "# everywhere" on these as well.
ALONE = (Platforms("telegram", "telegram", typed=False), Platforms("slack", "slack", typed=True))


def _plays() -> list[object]:
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        script = scripts.read(path)
        marks = [pytest.mark.req(each) for each in script.requirements]
        everywhere = any(line.written == "# everywhere" for line in script.lines)
        for platforms in (*ACROSS, *(ALONE if everywhere else ())):
            found.append(pytest.param(script, platforms, marks=marks, id=f"{path.stem}-{platforms}"))
    return found


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
    house: House, script: Script, platforms: Platforms, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """What is said is what the transcript says, to everybody, and nothing is left undone."""
    record = await play(house, script, platforms, tmp_path)
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
