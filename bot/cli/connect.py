"""`csobot connect …`: bringing the known partners in, and who is connected."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.core.errors import BotError

if TYPE_CHECKING:
    from adapters.exports.invitation_files import Mail
    from bot.core.invitation import Invitation, Invitee
    from bot.core.world import World
    from bot.services.bulk_invitations import Made, Make
    from bot.services.setup import Setup
    from storage.database import Transaction
    from storage.reads.connecting import Counts, Partner

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
AS_JSON = typer.Option(False, "--json", help="Print JSON.")
FORMAT = typer.Option("csv", "--format", help="csv: one table; mail: e-mail texts by language; qr: PNG and SVG.")
OUTPUT = typer.Option(None, "--output", help="A file (csv) or a folder (mail, qr). It will hold codes: keep it safe.")
STATES = ("connected", "unreachable", "invited", "not_yet")


class NobodyNamed(BotError):
    """Say whom: ids such as CSO-0001 or person:12, or --all for every organisation that is not invited yet."""


class NoOutput(BotError):
    """Say where the invitations go with --output: a code is shown once."""


class NoPicture(BotError):
    """There is no link, and so no picture: csobot has not run with a Telegram bot yet. Nobody was invited."""


class NoSuchFormat(BotError):
    """--format is csv, mail or qr."""


class NoSuchState(BotError):
    """--state is connected, unreachable, invited or not_yet."""


class NoSuchMonth(BotError):
    """--month is a year and a month, such as 2026-11."""


class NobodyInvited(BotError):
    """Nobody could be invited."""


@app.callback()
def connect() -> None:
    """Invitations in bulk, reminders, and who is connected, invited, unreachable, not yet."""


@app.command()
def status(
    organisation: str = typer.Option("", help="One organisation with its people, such as CSO-0001."),
    state: str = typer.Option("", help="connected, unreachable, invited or not_yet"),
    as_json: bool = AS_JSON,
) -> None:
    """How many partners are connected, invited, unreachable, not yet; and which."""
    from bot.app.offline import opened  # noqa: PLC0415
    from bot.core.invitation import ConnectionState  # noqa: PLC0415
    from bot.core.permission import command_line  # noqa: PLC0415
    from storage import clock  # noqa: PLC0415
    from storage.reads import connecting  # noqa: PLC0415

    if state and state not in STATES:
        raise NoSuchState
    wanted = ConnectionState(state) if state else None
    with opened() as (database, setup):
        viewer = command_line(setup.world)

        def look(tx: "Transaction") -> "tuple[Counts, tuple[Partner, ...], tuple[connecting.Contact, ...]]":
            now = clock.now(tx)
            found = connecting.partners(tx, viewer, now, state=wanted, organisation=organisation, most=None)
            people = connecting.contacts(tx, viewer, organisation, now) if organisation else ()
            return connecting.total(connecting.counts(tx, viewer, now).values()), found, people

        counts, partners, contacts = database.run_sync(look)
    if as_json:
        listed = {"counts": asdict(counts), "organisations": [asdict(each) for each in partners]}
        people = {"people": [asdict(each) for each in contacts]} if organisation else {}
        print(json.dumps({**listed, **people}, default=str, ensure_ascii=False))
        return
    print(_sentence(counts))
    for each in partners:
        print(_partner(each))
    for contact in contacts:
        print(f"  person:{contact.person}  {contact.state}  {contact.name or contact.email or '-'}")


def _sentence(counts: "Counts") -> str:
    numbers = (f"{getattr(counts, state)} {state.replace('_', ' ')}" for state in STATES)
    return f"{counts.total} organisations: {', '.join(numbers)}."


def _partner(each: "Partner") -> str:
    until = f", invited until {each.expires_at:%Y-%m-%d}" if each.expires_at else ""
    since = f", since {each.unreachable_since:%Y-%m-%d}" if each.unreachable_since else ""
    why = f", {each.unreachable}{since}" if each.unreachable else ""
    return f"{each.organisation}  {each.state.replace('_', ' '):11}  {each.name} ({each.country}){until}{why}"


@app.command()
def invite(
    partners: list[str] = typer.Argument(None, metavar="[ORG|PERSON]…", help="Such as CSO-0001 or person:12"),  # noqa: B008
    every: bool = typer.Option(False, "--all", help="Every organisation that is neither connected nor invited."),
    language: str = typer.Option("", help="Language that all of them begin with; else their own."),
    kind: str = FORMAT,
    output: Path = OUTPUT,
    as_json: bool = AS_JSON,
) -> None:
    """Invite partners: a link and a code for each, for one person, used once, written into the output."""
    from bot.services import bulk_invitations, invitations  # noqa: PLC0415

    if not partners and not every:
        raise NobodyNamed

    def whom(tx: "Transaction", setup: "Setup", now: datetime) -> "tuple[Invitee, ...]":
        from bot.core.permission import command_line  # noqa: PLC0415

        if every:
            found = bulk_invitations.uninvited(tx, command_line(setup.world), now)
        else:
            found = bulk_invitations.named(tx, partners)
        return tuple(replace(each, language=language) for each in found)

    _bulk(whom, invitations.invite, kind, output, as_json=as_json)


@app.command()
def remind(kind: str = FORMAT, output: Path = OUTPUT, as_json: bool = AS_JSON) -> None:
    """Who was invited days ago and has not come. With --output: fresh invitations for them in place of the old ones."""
    from bot.app.offline import opened  # noqa: PLC0415
    from bot.core.permission import command_line  # noqa: PLC0415
    from bot.services import bulk_invitations, invitations  # noqa: PLC0415
    from storage import clock  # noqa: PLC0415
    from storage.reads import connecting  # noqa: PLC0415

    if output is not None:

        def whom(tx: "Transaction", setup: "Setup", now: datetime) -> "tuple[Invitee, ...]":
            return bulk_invitations.to_remind(tx, setup, command_line(setup.world), now)

        _bulk(whom, invitations.renew, kind, output, as_json=as_json)
        return
    with opened() as (database, setup):
        viewer, rules = command_line(setup.world), setup.world.office.invitations
        found = database.run_sync(lambda tx: connecting.to_remind(tx, viewer, rules, clock.now(tx)))
    if as_json:
        print(json.dumps({"remind": [asdict(each) for each in found]}, default=str, ensure_ascii=False))
        return
    for each in found:
        who = each.contact or "whoever comes"
        print(f"{each.organisation}  {each.name}, {who}: invited {each.invited_at:%Y-%m-%d}, {each.email or '-'}")
    print(f"{len(found)} to remind. Fresh texts for them: --format mail --output FOLDER")


@app.command()
def figure(
    month: str = typer.Option("", help="The last month, such as 2026-11; else the running one."),
    months: int = typer.Option(6, min=1, max=36, help="How many months."),
    as_json: bool = AS_JSON,
) -> None:
    """The monthly figure: connected, unreachable, invited, not yet, by region, as each month ended."""
    from bot.app.offline import opened  # noqa: PLC0415
    from bot.core.permission import command_line  # noqa: PLC0415
    from storage import clock  # noqa: PLC0415
    from storage.reads import connecting_history as history  # noqa: PLC0415

    _check_month(month)
    with opened() as (database, setup):
        viewer = command_line(setup.world)

        def look(tx: "Transaction") -> tuple[history.Month, ...]:
            now = clock.now(tx)
            return history.months(tx, viewer, month or f"{now:%Y-%m}", months, now)

        found = database.run_sync(look)
    rows = [(each.month, region, counts) for each in found for region, counts in each.regions.items()]
    if as_json:
        listed = [{"month": name, "region": region, **asdict(counts)} for name, region, counts in rows]
        print(json.dumps({"months": listed}))
        return
    print(f"{'month':8} {'region':8} {'connected':>10} {'unreachable':>12} {'invited':>8} {'not yet':>8}")
    for name, region, counts in rows:
        numbers = f"{counts.connected:>10} {counts.unreachable:>12} {counts.invited:>8} {counts.not_yet:>8}"
        print(f"{name:8} {region or '-':8} {numbers}")


#: Years of which there can be a figure.
EARLIEST, LATEST = 2000, 2200


def _check_month(month: str) -> None:
    try:
        asked = datetime.strptime(month or "2026-01", "%Y-%m")
    except ValueError:
        raise NoSuchMonth from None
    if not EARLIEST <= asked.year <= LATEST:
        raise NoSuchMonth


Whom = Callable[["Transaction", "Setup", datetime], "tuple[Invitee, ...]"]


def _bulk(whom: Whom, one: "Make", kind: str, output: Path | None, *, as_json: bool) -> None:
    """Make them and write them in one transaction: a file that cannot be written leaves no open code behind."""
    from adapters.exports import invitation_files  # noqa: PLC0415
    from bot.app.offline import opened  # noqa: PLC0415
    from bot.core.permission import command_line  # noqa: PLC0415
    from bot.services import bulk_invitations  # noqa: PLC0415
    from storage import clock  # noqa: PLC0415

    if kind not in set(invitation_files.Kind):
        raise NoSuchFormat
    if output is None:
        raise NoOutput
    with opened() as (database, setup):
        mail = _mail(setup.world, setup)

        def work(tx: "Transaction") -> "tuple[Made, int]":
            now = clock.now(tx)
            viewer, invitees = command_line(setup.world), whom(tx, setup, now)
            made = bulk_invitations.make(tx, setup, viewer, invitees, now, "command", one)
            if kind == invitation_files.Kind.QR and any(not each.link for each in made.invitations):
                raise NoPicture
            files = invitation_files.write(invitation_files.Kind(kind), output, made.invitations, mail)
            return made, files

        try:
            made, files = database.run_sync(work)
        except OSError as problem:
            raise NoOutput(f"{output} cannot be written: {problem.strerror}. Nobody was invited.") from None
    _say(made, files, output, as_json=as_json)


def _say(made: "Made", files: int, output: Path, *, as_json: bool) -> None:
    if as_json:
        refused = [asdict(each) for each in made.refused]
        print(json.dumps({"invited": len(made.invitations), "refused": refused, "files": files, "output": str(output)}))
    else:
        for each in made.refused:
            print(f"refused: {each.why}")
        print(f"{len(made.invitations)} invitations in {output}. Each is for one person and works once.")
    if made.refused and not made.invitations:
        raise NobodyInvited


def _mail(world: "World", setup: "Setup") -> "Callable[[Invitation], Mail]":
    from adapters.exports import invitation_files  # noqa: PLC0415
    from adapters.renderer import Renderer  # noqa: PLC0415
    from bot.services import invitations  # noqa: PLC0415

    renderer = Renderer(world)

    def written(invitation: "Invitation") -> "Mail":
        subject, text = invitations.mail(setup, invitation)
        return invitation_files.Mail(renderer.plain(subject), renderer.plain(text))

    return written
