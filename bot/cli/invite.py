"""`csobot invite …`: one-time codes for staff, desks and organisations."""

import json
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bot.services.setup import Setup
    from storage.accounts import KnownAccount
    from storage.database import Transaction

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
ON_PLATFORM = typer.Option(None, "--platform", help="The code works on this platform only.")
AS_JSON = typer.Option(False, "--json", help="Print code, links and validity as JSON.")


class Platform(StrEnum):
    """Where a code can be bound to."""

    TELEGRAM = "telegram"
    SLACK = "slack"


@app.callback()
def invite() -> None:
    """Make a one-time code, valid for 14 days. It is shown once and only its hash is kept."""


@app.command()
def staff(
    role: str = typer.Argument(help="admin, focal-point, editor, approver, manager or confidential"),
    desk: str = typer.Option("", help="Limit it to this desk, such as mission-ke."),
    department: str = typer.Option("", help="Limit it to a department and its divisions, such as DMM."),
    region: str = typer.Option("", help="Limit it to a region and its missions, such as EHA."),
    platform: Platform = ON_PLATFORM,
    as_json: bool = AS_JSON,
) -> None:
    """Invite a member of staff; they open the link, or send /start CODE (Slack: /csobot start CODE).

    A focal point needs a desk, a department or a region. Without a limit a role covers every desk but the
    confidential one, which only the role confidential reaches.
    """
    from bot.core.person import StaffRole  # noqa: PLC0415
    from bot.core.staff_role import role_named  # noqa: PLC0415
    from bot.services import directory  # noqa: PLC0415

    wanted = StaffRole(person=0, role=role_named(role), desk=desk, department=department, region=region)
    where = platform.value if platform else ""
    _make(
        lambda tx, setup, now: directory.invite_staff(tx, setup, wanted, now, platform=where),
        "start",
        as_json,
        where,
        gives=wanted.name,
    )


@app.command()
def desk(desk: str = typer.Argument(help="Desk id, such as mission-ke"), as_json: bool = AS_JSON) -> None:
    """Invite a chat to be a desk; staff post /bind CODE there (Slack: /csobot bind CODE)."""
    from bot.services import directory  # noqa: PLC0415

    _make(lambda tx, setup, now: directory.invite_desk(tx, setup, desk, now), "bind", as_json)


@app.command()
def organisation(
    organisation: str = typer.Argument(help="Organisation id, such as CSO-0001"), as_json: bool = AS_JSON
) -> None:
    """Invite one person of an organisation; the link knows who they are."""
    from bot.services import directory  # noqa: PLC0415

    _make(lambda tx, setup, now: directory.invite_organisation(tx, setup, organisation, now), "start", as_json)


def _make(
    make: "Callable[[Transaction, Setup, datetime], str]", word: str, as_json: bool, platform: str = "", gives: str = ""
) -> None:
    from bot.app.offline import opened  # noqa: PLC0415
    from storage import accounts, clock  # noqa: PLC0415

    with opened() as (database, setup):
        code = database.run_sync(lambda tx: make(tx, setup, clock.now(tx)))
        known = database.run_sync(accounts.every)
    links = [] if platform == "slack" else [link for account in known if (link := _link(account, word, code))]
    if as_json:
        given = {"gives": gives} if gives else {}
        days = setup.invitation.days
        print(json.dumps({"code": code, "say": f"/{word} {code}", "links": links, "days": days, **given}))
        return
    print(f"Code: {code}")
    if gives:
        print(f"Gives: {gives}")
    for link in links:
        print(f"Link: {link}")
    if platform != "slack":
        print(f"Telegram: /{word} {code}")
    if platform != "telegram":
        print(f"Slack:    /csobot {word} {code}")
    print(f"Valid {setup.invitation.days} days, used once.")


def _link(account: "KnownAccount", word: str, code: str) -> str:
    return f"https://t.me/{account.name}?start={code}" if account.kind == "telegram" and word == "start" else ""
