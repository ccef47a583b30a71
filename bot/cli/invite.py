"""`csobot invite …`: one-time codes for staff, desks and organisations."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bot.services.setup import Setup
    from storage.accounts import KnownAccount
    from storage.database import Transaction

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
AS_JSON = typer.Option(False, "--json", help="Print code, links and validity as JSON.")


@app.callback()
def invite() -> None:
    """Make a one-time code, valid for 14 days. It is shown once and only its hash is kept."""


@app.command()
def staff(
    role: str = typer.Argument(help="admin, focal-point, editor, approver, manager or confidential"),
    desk: str = typer.Option("", help="Desk id; a focal point needs one."),
    as_json: bool = AS_JSON,
) -> None:
    """Invite a member of staff; they open the link, or send /start CODE (Slack: /csobot start CODE)."""
    from bot.services import directory  # noqa: PLC0415

    _make(lambda tx, setup, now: directory.invite_staff(tx, setup, role, desk, now), "start", as_json)


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


def _make(make: "Callable[[Transaction, Setup, datetime], str]", word: str, as_json: bool) -> None:
    from bot.app.offline import opened  # noqa: PLC0415
    from storage import accounts, clock  # noqa: PLC0415

    with opened() as (database, setup):
        code = database.run_sync(lambda tx: make(tx, setup, clock.now(tx)))
        known = database.run_sync(accounts.every)
    links = [link for account in known if (link := _link(account, word, code))]
    if as_json:
        print(json.dumps({"code": code, "say": f"/{word} {code}", "links": links, "days": setup.invitation.days}))
        return
    print(f"Code: {code}")
    for link in links:
        print(f"Link: {link}")
    print(f"Telegram: /{word} {code}")
    print(f"Slack:    /csobot {word} {code}")
    print(f"Valid {setup.invitation.days} days, used once.")


def _link(account: "KnownAccount", word: str, code: str) -> str:
    return f"https://t.me/{account.name}?start={code}" if account.kind == "telegram" and word == "start" else ""
