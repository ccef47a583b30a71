"""A transcript as it is written: who does what, and what everybody then reads.

    # req: S0-C1 S1-R5                the requirements it shows
    # now: Mon 23 Nov 2026 09:12 (Nairobi)   when it begins; the product's clock stands still from here on
    # given: …                        what there is before it begins (see transcript_givens)
    # never stored: some words        at the end they are readable in no file of the installation
    # refused: Forbidden: …            a refusal of a platform that belongs to the transcript; all others are failures
    > Who coordinates …?              the CSO writes; a number is typed in one play and pressed in the other
    > [press: Kenya]                  the CSO presses a button
    > (typed) 1                       typed in every play
    > (file) list.pdf What is missing · (photo) caption · (voice message, 0:14) · (edit) the new text
    > (reply to "beginning of a message") text · (form) text · (in the group) text
    > /start (shown code)            the code that the bot has just shown the CSO
    @elsewhere> /status              the CSO's other address; @amina> a colleague, when a given brings them in
    > (blocks the bot) · (unblocks the bot)
    < It is with …  1 Kenya  2 Another country    what the bot says to the CSO
    @liaison> does anyone know …?     staff write: in the thread of the latest question, or of (Q-0002)
    @liaison> /bind …                 a command: in the chat itself; "(private) /start …" with the bot alone
    @liaison [press: Reply] text      a button, and the text of its form; "desk-id · text" where a desk is asked as well
    @backup [press: Claim · as it was]   the button that was just pressed, by somebody who still sees it
    @liaison [press: Claim · Q-0002]  the button of that question
    @mission-ke< …  [Claim] [Reply]   what everybody in a desk's chat reads
    @liaison< (only you see this) …   what only this person reads
    ~ 2h                              time passes: 10s, 2m, 1h, 3d
    on telegram: < …                  only where the CSO is on Telegram; "desk on slack:" looks at the desk's side

A message of several lines is several lines here. "(card)" and "(changed)" are followed by the lines that are different
from before, and by the buttons where they are; "(deleted)" by the first line. {channel} is the CSO's platform, {other}
the other one.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

#: Who the lines without a name are to.
CSO = "CSO"
ONLY_YOU = "(only you see this) "
_WHERE = re.compile(r"(desk on|on) (telegram|slack): (.*)")
_SPOKEN = re.compile(r"@([\w-]+)([<>]| (?=\[press: ))\s*(.*)")
_PRESS = re.compile(r"\[press: ([^\]]+)\]\s*(.*)")
_NOW = re.compile(r"\w+ (\d+ \w+ \d+ \d+:\d+) \((.+)\)")
_SPAN = re.compile(r"(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Kind(StrEnum):
    REMARK = "remark"
    #: The bot says something to somebody.
    SAID = "said"
    #: Somebody writes.
    WRITES = "writes"
    #: Somebody presses a button.
    PRESSES = "presses"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transcript; `written` as it stands there."""

    kind: Kind
    written: str
    #: Who acts, or who reads; `CSO` for the CSO.
    who: str = ""
    text: str = ""
    #: Label of the button.
    button: str = ""
    span: timedelta = timedelta()
    #: "" everywhere, else the side ("on", "desk on") and the platform that it is about.
    side: str = ""
    platform: str = ""

    def applies(self, cso: str, desk: str) -> bool:
        """Whether this line belongs to a play with the CSO and the desk on these platforms."""
        return not self.side or self.platform == (cso if self.side == "on" else desk)


@dataclass(frozen=True, slots=True)
class Script:
    """A whole transcript."""

    path: Path
    lines: tuple[Line, ...]

    @property
    def now(self) -> datetime:
        """When it begins, in UTC."""
        return next(map(_moment, self.remarks("now")))

    @property
    def requirements(self) -> tuple[str, ...]:
        return tuple(word for line in self.remarks("req") for word in line.split())

    @property
    def language(self) -> str:
        """As the file's name says: 01-first-question.en.txt."""
        return self.path.stem.rpartition(".")[2]

    def remarks(self, name: str) -> tuple[str, ...]:
        """What stands behind "# name:"."""
        start = f"# {name}: "
        return tuple(line.written.removeprefix(start) for line in self.lines if line.written.startswith(start))


def read(path: Path) -> Script:
    """The transcript in a file; raises `ValueError` with file and line for what is none."""
    lines = []
    for number, written in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            lines.append(parsed(written.strip()))
        except ValueError as problem:
            raise ValueError(f"{path.name}:{number}: {problem}") from None
    return Script(path, tuple(lines))


def parsed(written: str) -> Line:
    """One line."""
    if where := _WHERE.fullmatch(written):
        line = parsed(where[3])
        return Line(line.kind, written, line.who, line.text, line.button, line.span, where[1], where[2])
    if not written or written.startswith("#"):
        return Line(Kind.REMARK, written)
    if written.startswith("~"):
        return Line(Kind.TIME, written, span=_span(written[1:].strip()))
    if written[:2] in ("> ", "< "):
        return _spoken(written, CSO, written[0], written[2:].strip())
    if spoken := _SPOKEN.fullmatch(written):
        return _spoken(written, spoken[1], spoken[2].strip() or ">", spoken[3])
    raise ValueError(f"not a line of a transcript: {written!r}")


def _spoken(written: str, who: str, sign: str, text: str) -> Line:
    if sign == "<":
        return Line(Kind.SAID, written, who, text)
    if press := _PRESS.fullmatch(text):
        return Line(Kind.PRESSES, written, who, press[2], press[1])
    return Line(Kind.WRITES, written, who, text)


def _span(written: str) -> timedelta:
    found = _SPAN.fullmatch(written)
    if found is None:
        raise ValueError(f"no time: {written!r}; 10s, 2m, 1h and 3d are")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _moment(written: str) -> datetime:
    found = _NOW.fullmatch(written)
    if found is None:
        raise ValueError(f"no moment: {written!r}; Mon 23 Nov 2026 09:12 (Nairobi) is")
    place = found[2].replace(" ", "_")
    zone = min(name for name in available_timezones() if name.rpartition("/")[2] == place and "/" in name)
    local = datetime.strptime(found[1], "%d %b %Y %H:%M").replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def said(who: str, text: str) -> str:
    """How a line that somebody reads is written."""
    return f"< {text}" if who == CSO else f"@{who}< {text}"


#: A one-time code behind its word, as people are to use it.
CODE = re.compile(r"start([= ])([\w-]{20,})")
#: "76 %", with whatever space the language writes.
_PERCENT = re.compile(r"\b\d{1,3}\s?%")


def folded(text: str) -> str:
    """How lines are compared: one space between words; how sure the router is, is not what a transcript shows."""
    return CODE.sub(r"start\1…", _PERCENT.sub("… %", " ".join(text.split())))
