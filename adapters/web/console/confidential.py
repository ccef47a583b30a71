"""The confidential desk's own view: references for the desk, and what is in them for whoever unlocked its key."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from adapters.web.console.declared import Handler, Page
from adapters.web.console.visit import Visit
from bot.core.errors import Unknown
from bot.core.matter import MatterOutcome, Opened, concerned, opened
from bot.core.message import StoredFile
from bot.core.permission import Permission
from bot.services import matters
from bot.services.matters import By
from storage import audit, matter_lines, sealed
from storage.database import Transaction
from storage.files import sniff
from storage.matter_lines import MatterLine
from storage.sealed import SealedMatter
from storage.sealing import OpenedKey, Unopenable, WrongPassphrase

HOME = "/console/confidential"
#: The largest body: a key file and a form around it.
_KEY_FORM = 20_000
_UNLOCK = "desk:confidential"


@dataclass(frozen=True, slots=True)
class Seen:
    """One matter, opened."""

    matter: SealedMatter
    opened: Opened
    #: Notes and answers with their words.
    lines: Sequence[tuple[MatterLine, str]]


async def show_list(visit: Visit) -> Response:
    """References, times, states: nothing here needs the key, and nothing here says anything."""
    found = await visit.read(lambda tx, _now: matters.listed(tx, visit.viewer))
    return visit.draw("confidential.html", found=found, key=_key(visit), problem="", number=0, **_around(visit))


async def show(visit: Visit) -> Response:
    """One matter; without the key only its reference and how to unlock it."""
    number = visit.number(visit.path("number"))
    key = _key(visit)
    if key is None:
        matter = await visit.act(lambda tx, _now: matters.shown(tx, visit.viewer, number))
        return _locked(visit, matter, "")
    seen = await visit.act(lambda tx, now: _see(tx, visit, key, number))
    await visit.act(lambda tx, now: matters.read(tx, _by(visit, seen)))
    who = await visit.act(lambda tx, now: matters.colleagues(tx, _by(visit, seen)))
    past = await visit.read(lambda tx, _now: audit.about(tx, f"matter:{number}", 50))
    return visit.draw(
        "matter.html",
        seen=seen,
        matter=seen.matter,
        colleagues=who,
        past=past,
        outcomes=list(MatterOutcome),
        desks=[each for each in visit.world.desks if each != visit.world.office.confidential_desk],
        **_around(visit),
    )


async def unlock(visit: Visit) -> Response:
    """The passphrase and the key file open the key for this session; neither is kept."""
    who = visit.signed_in
    assert who is not None
    keys, session, person = visit.console.open_keys, who.session.public_id, who.person.id
    number = visit.number(visit.given("number"))
    problem, act = "", "matters.unlocked"
    if keys.barred(person, visit.now):
        problem, act = "barred", "matters.barred"
    else:
        try:
            await keys.unlock(session, person, await _key_file(visit), _passphrase(visit), visit.now)
        except WrongPassphrase:
            problem, act = "wrong", "matters.wrong_passphrase"
        except Unopenable:
            problem, act = "no_key", "matters.wrong_key"
    await visit.act(lambda tx, now: audit.add(tx, person, act, _UNLOCK, now, "console"))
    if not problem:
        return visit.go(f"{HOME}/{number}" if number else HOME, "confidential.unlocked")
    found = await visit.read(lambda tx, _now: matters.listed(tx, visit.viewer))
    more = {"found": found, "key": None, "problem": problem, "number": number, **_around(visit)}
    return visit.draw("confidential.html", 403, **more)


async def lock(visit: Visit) -> Response:
    """The key leaves the memory at once."""
    who = visit.signed_in
    assert who is not None
    visit.console.open_keys.lock(who.session.public_id)
    await visit.act(lambda tx, now: audit.add(tx, who.person.id, "matters.locked", _UNLOCK, now, "console"))
    answer = visit.go(HOME, "confidential.locked")
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


async def file(visit: Visit) -> Response:
    """A file that came with the matter: to keep, never shown in the page, under a name of ours."""
    number = visit.number(visit.path("number"))
    key, wanted = _key(visit), visit.path("content")
    if key is None:
        raise Unknown
    seen = await visit.act(lambda tx, now: _see(tx, visit, key, number))
    await visit.act(lambda tx, now: matters.read(tx, _by(visit, seen)))
    named = [(name, content) for each in seen.opened.written for name, content in each.files]
    place = next((place for place, (_name, content) in enumerate(named) if content == wanted), None)
    box = visit.setup.files.sealed_for_desk(seen.matter.opened_by).get(wanted)
    if place is None or box is None:
        raise Unknown
    suffix = Path(named[place][0]).suffix
    safe = suffix if suffix[1:].isascii() and suffix[1:].isalnum() and len(suffix) < 8 else ""
    return visit.file(key.open(box), f"{seen.matter.reference}-{place + 1}{safe}", "application/octet-stream")


async def release(visit: Visit) -> Response:
    """What is not confidential becomes an ordinary query, files included."""
    number = visit.number(visit.path("number"))
    key = _key(visit)
    if key is None:
        return await _kept(visit, number)
    seen = await visit.act(lambda tx, now: _see(tx, visit, key, number))
    seen.opened.check_releasable(seen.matter.reference)
    files = _files(visit, key, seen)
    query = await visit.act(
        lambda tx, now: matters.release(tx, visit.setup, _by(visit, seen), visit.given("desk"), files)
    )
    return visit.go(f"{HOME}/{number}", "confidential.released", reference=query.reference)


def _act(work: Callable[[Transaction, Visit, By], object], said: str) -> Handler:
    """A handler that does one thing with an opened matter."""

    async def handler(visit: Visit) -> Response:
        number = visit.number(visit.path("number"))
        key = _key(visit)
        if key is None:
            return await _kept(visit, number)
        seen = await visit.act(lambda tx, now: _see(tx, visit, key, number))
        await visit.act(lambda tx, now: work(tx, visit, _by(visit, seen)))
        return visit.go(f"{HOME}/{number}", said)

    return handler


async def _kept(visit: Visit, number: int) -> Response:
    """It was locked meanwhile: what was typed is shown once more, so that nobody types it twice."""
    matter = await visit.act(lambda tx, _now: matters.shown(tx, visit.viewer, number))
    return _locked(visit, matter, visit.given("text"))


def _locked(visit: Visit, matter: SealedMatter, typed: str) -> Response:
    more = {"matter": matter, "typed": typed, "problem": "", "number": matter.number}
    return visit.draw("matter-locked.html", 200, **more, **_around(visit))


def _see(tx: Transaction, visit: Visit, key: OpenedKey, number: int) -> Seen:
    matter = matters.shown(tx, visit.viewer, number)
    boxes = [*([matter.contact] if matter.contact else []), *sealed.boxes(matter)]
    parts: list[dict[str, Any]] = [json.loads(key.open(box)) for box in boxes]
    lines = matter_lines.of_matter(tx, matter.id)
    content = opened(parts)
    theirs = concerned(visit.viewer.staff, content.country, visit.world)
    said = [(line, "" if theirs else str(json.loads(key.open(line.box))["said"])) for line in lines]
    return Seen(matter, content, said)


def _files(visit: Visit, key: OpenedKey, seen: Seen) -> tuple[StoredFile, ...]:
    boxes = visit.setup.files.sealed_for_desk(seen.matter.opened_by)
    named = [(name, content) for each in seen.opened.written for name, content in each.files if content in boxes]
    plain = [(name, key.open(boxes[content])) for name, content in named]
    return tuple(visit.setup.files.add(data, name, sniff(data[:4096], name)) for name, data in plain)


def _by(visit: Visit, seen: Seen) -> By:
    return By(viewer=visit.viewer, now=visit.now, number=seen.matter.number, opened=seen.opened)


def _key(visit: Visit) -> OpenedKey | None:
    assert visit.signed_in is not None
    return visit.console.open_keys.of(visit.signed_in.session.public_id, visit.now)


def _around(visit: Visit) -> dict[str, object]:
    idle = visit.setup.console.confidential_idle
    lies_here = visit.console.confidential_key is not None and visit.console.confidential_key.is_file()
    return {"lies_here": lies_here, "minutes": int(idle.total_seconds() // 60), "seconds": int(idle.total_seconds())}


async def _key_file(visit: Visit) -> str:
    """The file that was chosen, else the one that lies on this machine; either is locked with the passphrase."""
    sent = visit.form.get("key")
    if isinstance(sent, UploadFile) and sent.filename:
        return (await sent.read()).decode("utf-8", "replace")
    lying = visit.console.confidential_key
    return lying.read_text(encoding="utf-8") if lying is not None and lying.is_file() else ""


def _passphrase(visit: Visit) -> str:
    """As it was typed, spaces included."""
    typed = visit.form.get("passphrase")
    return typed if isinstance(typed, str) else ""


_OPEN = Permission.OPEN_MATTERS
_ACTS: dict[str, Handler] = {
    "take": _act(lambda tx, visit, by: matters.take(tx, by), "confidential.taken"),
    "give": _act(lambda tx, visit, by: matters.give(tx, by, visit.number(visit.given("person"))), "confidential.given"),
    "note": _act(lambda tx, visit, by: matters.note(tx, visit.setup, by, visit.given("text")), "confidential.noted"),
    "answer": _act(
        lambda tx, visit, by: matters.answer(tx, visit.setup, by, visit.given("text")), "confidential.answered"
    ),
    "close": _act(lambda tx, visit, by: matters.close(tx, by, visit.given("outcome")), "confidential.closed"),
    "reopen": _act(lambda tx, visit, by: matters.reopen(tx, by), "confidential.reopened"),
    "keep": _act(lambda tx, visit, by: matters.keep(tx, by, visit.given("months")), "confidential.kept"),
    "release": release,
}
PAGES = (
    Page(HOME, _OPEN, show_list),
    Page(f"{HOME}/unlock", _OPEN, unlock, method="POST", largest_body=_KEY_FORM),
    Page(f"{HOME}/lock", _OPEN, lock, method="POST"),
    Page(f"{HOME}/{{number}}", _OPEN, show),
    Page(f"{HOME}/{{number}}/files/{{content}}", _OPEN, file),
    *(Page(f"{HOME}/{{number}}/{name}", _OPEN, handler, method="POST") for name, handler in _ACTS.items()),
)
