"""Plays a transcript and writes down what was really said, line by line beside what should have been."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from adapters.simulator.faults import ControlError
from tests.acceptance.transcript_acts import Actor
from tests.acceptance.transcript_eyes import Seen
from tests.acceptance.transcript_givens import set_scene
from tests.acceptance.transcript_script import CSO, Kind, Line, Script, folded, said
from tests.acceptance.transcript_stage import House, Platforms, Stage, open_stage


@dataclass(slots=True)
class Record:
    """A play as it was heard."""

    #: The lines that this play should have had, and those it had.
    expected: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    #: The whole file as it would have to be written.
    written: list[str] = field(default_factory=list)
    #: What was not done at the end, and what stopped the play.
    problems: list[str] = field(default_factory=list)
    stopped: bool = False


async def play(house: House, script: Script, platforms: Platforms, folder: Path) -> Record:
    """The transcript on these platforms, with a database of its own in the folder."""
    async with open_stage(house, platforms, folder) as stage:
        await set_scene(stage, script)
        record = Record()
        actor = Actor(stage)
        for act, answers in scenes(script, platforms):
            if not record.stopped and act is not None:
                await _do(record, actor, act)
            if record.stopped:
                record.written += [line.written for line in (*([act] if act else []), *answers)]
            else:
                _note(record, stage, act, answers)
        record.problems += await stage.left_undone(script.remarks("refused"))
    for words in script.remarks("never stored"):
        record.problems += [f"{words!r} can be read in {name}" for name in stage.stored_with(words)]
    return record


async def _do(record: Record, actor: Actor, act: Line) -> None:
    try:
        await actor.do(act)
    except (ControlError, AssertionError, TimeoutError, StopIteration) as problem:
        record.problems.append(f"{act.written}: {type(problem).__name__} {problem}")
        record.stopped = True


def scenes(script: Script, platforms: Platforms) -> Iterator[tuple[Line | None, Sequence[Line]]]:
    """Each act with all lines up to the next; first whatever stands before any act."""
    act: Line | None = None
    after: list[Line] = []
    for line in script.lines:
        acts = line.kind in (Kind.WRITES, Kind.PRESSES, Kind.TIME)
        if acts and line.applies(platforms.cso, platforms.desk):
            yield act, after
            act, after = line, []
        else:
            after.append(line)
    yield act, after


def _note(record: Record, stage: Stage, act: Line | None, answers: Sequence[Line]) -> None:
    """Put what was seen where the transcript expects it, reader by reader; the rest comes at the end."""
    seen = stage.eyes.look()
    if act is not None:
        for column in (record.expected, record.heard, record.written):
            column.append(act.written)
    platforms = stage.platforms
    for line in answers:
        if line.kind is not Kind.SAID or not line.applies(platforms.cso, platforms.desk):
            record.written.append(line.written)
            continue
        wanted = said(line.who, folded(_filled(line.text, platforms)))
        record.expected.append(wanted)
        found = next((each for each in seen if each.who == line.who), None)
        if found is None:
            continue
        seen.remove(found)
        got = said(found.who, folded(found.text))
        record.heard.append(got)
        record.written.append(line.written if got == wanted else _again(line, said(found.who, _open(found, platforms))))
    for each in seen:
        record.heard.append(said(each.who, folded(each.text)))
        _insert(record.written, said(each.who, _open(each, platforms)))


def _filled(text: str, platforms: Platforms) -> str:
    return text.replace("{channel}", platforms.cso.capitalize()).replace("{other}", platforms.other.capitalize())


def _open(seen: Seen, platforms: Platforms) -> str:
    """With the placeholder where a desk reads the CSO's platform."""
    if seen.who == CSO:
        return seen.text
    return seen.text.replace(f"· {platforms.cso.capitalize()}", "· {channel}")


def _again(line: Line, text: str) -> str:
    return f"{line.side} {line.platform}: {text}" if line.side else text


def _insert(written: list[str], text: str) -> None:
    """Before the remarks and blank lines that lead over to the next act."""
    place = len(written)
    while place and (not written[place - 1] or written[place - 1].startswith("#")):
        place -= 1
    written.insert(place or len(written), text)
