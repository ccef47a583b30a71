"""`csobot staff …`: who works here, what they may do, and what becomes of their work when they go."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import typer

from bot.core.permission import Viewer, command_line
from bot.core.person import StaffRole
from bot.core.staff_role import role_named
from bot.core.suspension import BY_HAND, Why
from bot.services import staff as people_of_staff
from bot.services.hand_over import Plan, Receiver
from storage.reads.staff import Member, members

if TYPE_CHECKING:
    from bot.services.setup import Setup
    from storage.database import Transaction

Result = TypeVar("Result")
Doing = Callable[["Transaction", "Setup", Viewer, datetime], Result]

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
PERSON = typer.Argument(help="Number in the list of staff")
AS_JSON = typer.Option(False, "--json", help="Print it as JSON.")
TO = typer.Option(0, "--to", help="Number of the colleague who gets it.")
TO_DESK = typer.Option("", "--desk", help="Desk that gets it, such as region-eha; its CSOs are told.")
DRY_RUN = typer.Option(False, "--dry-run", help="Only say what would go where.")
VIA = "command"


class Reason(StrEnum):
    """Why an administrator suspends."""

    BY_ADMIN = Why.BY_ADMIN.value
    LEFT_OFFICE = Why.LEFT_OFFICE.value
    ACCOUNT_LOST = Why.ACCOUNT_LOST.value


WHY = typer.Option(Reason.BY_ADMIN, "--why", help=f"One of {', '.join(BY_HAND)}.")
LIMITS = {name: typer.Option("", help=f"The {name} it is limited to.") for name in ("desk", "department", "region")}


@app.callback()
def staff() -> None:
    """Staff: list, show, give, suspend, lift, remove, hand-over. Invite them with `csobot invite staff`."""


@app.command(name="list")
def list_(as_json: bool = AS_JSON) -> None:
    """Everybody who has a role."""
    found = _done(lambda tx, setup, by, now: members(tx, by))
    _print(sorted(found, key=lambda each: each.person), as_json)


@app.command()
def show(person: int = PERSON, as_json: bool = AS_JSON) -> None:
    """One of them: roles, accounts, what rests and why, how many queries they have."""
    found = [each for each in _done(lambda tx, setup, by, now: members(tx, by)) if each.person == person]
    if not found:
        raise people_of_staff.NotStaff
    _print(found, as_json)


@app.command()
def give(
    person: int = PERSON,
    role: str = typer.Argument(help="Such as editor"),
    desk: str = LIMITS["desk"],
    department: str = LIMITS["department"],
    region: str = LIMITS["region"],
) -> None:
    """Give one more role to somebody who is known already."""
    given = StaffRole(person=person, role=role_named(role), desk=desk, department=department, region=region)
    _done(lambda tx, setup, by, now: people_of_staff.give_role(tx, setup, by, given, now, VIA))
    print(f"Number {person} is now {given.name}.")


@app.command()
def remove(
    person: int = PERSON,
    role: str = typer.Argument(help="Such as editor"),
    desk: str = LIMITS["desk"],
    department: str = LIMITS["department"],
    region: str = LIMITS["region"],
    as_json: bool = AS_JSON,
) -> None:
    """Take one role away; what they may no longer handle goes back to the desks."""
    taken = StaffRole(person=person, role=role_named(role), desk=desk, department=department, region=region)
    _say(_done(lambda tx, setup, by, now: people_of_staff.remove_role(tx, setup, by, taken, now, VIA)), as_json)


@app.command()
def suspend(person: int = PERSON, why: Reason = WHY, as_json: bool = AS_JSON) -> None:
    """Let all their roles rest at once, end their sessions, and give what they had open back to the desks."""
    reason = Why(why.value)
    _say(_done(lambda tx, setup, by, now: people_of_staff.suspend(tx, setup, by, person, reason, now, VIA)), as_json)


@app.command()
def lift(person: int = PERSON) -> None:
    """Let their roles count again, everywhere; what went to others stays there."""
    _done(lambda tx, setup, by, now: people_of_staff.lift(tx, setup, by, person, now, VIA))
    print(f"The roles of number {person} count again.")


@app.command(name="hand-over")
def hand_over(
    person: int = PERSON, to: int = TO, desk: str = TO_DESK, dry_run: bool = DRY_RUN, as_json: bool = AS_JSON
) -> None:
    """Give everything they have open to a colleague or a desk; without either, back to each query's own desk.

    What the colleague may not handle returns to its desk unclaimed.
    """
    receiver = Receiver(person=to, desk=desk)
    if dry_run:
        _say(_done(lambda tx, setup, by, now: people_of_staff.preview(tx, setup, by, person, receiver)), as_json)
        return
    _say(
        _done(lambda tx, setup, by, now: people_of_staff.hand_over(tx, setup, person, receiver, by, now, VIA)), as_json
    )


def _done(do: "Doing[Result]") -> "Result":
    from bot.app.offline import opened  # noqa: PLC0415
    from storage import clock  # noqa: PLC0415

    with opened() as (database, setup):
        by = command_line(setup.world)
        return database.run_sync(lambda tx: do(tx, setup, by, clock.now(tx)))


def _say(planned: Plan, as_json: bool) -> None:
    queries = [{"query": each.query.reference, "becomes": each.fate.value} for each in planned.queries]
    if as_json:
        print(json.dumps({"person": planned.person, "queries": queries, "answers_kept_back": len(planned.answers)}))
        return
    for each in queries:
        print(f"{each['query']}: {each['becomes']}")
    if planned.answers:
        print(f"Answers that do not leave: {len(planned.answers)}")
    if not queries:
        print("Nothing is open.")


def _print(found: Iterable[Member], as_json: bool) -> None:
    if as_json:
        print(json.dumps([_as_json(each) for each in found], ensure_ascii=False))
        return
    for each in found:
        roles = ", ".join(role.name for role in each.roles)
        accounts = ", ".join(":".join(account) for account in each.users)
        rests = f" ({each.suspension.why})" if each.suspension else ""
        rests += f", rests at {', '.join(each.resting)}" if each.resting else ""
        print(f"{each.person:>5}  {_state(each)}{rests}  {roles}  {each.held} open  {accounts}  {each.name}".rstrip())


def _state(member: Member) -> str:
    return "suspended" if member.suspension else "active"


def _as_json(member: Member) -> dict[str, object]:
    suspension = member.suspension
    return {
        "person": member.person,
        "name": member.name,
        "state": _state(member),
        "why": suspension.why.value if suspension else None,
        "since": suspension.at.isoformat() if suspension else None,
        "rests_at": list(member.resting),
        "roles": [
            {"role": role.role.value, "desk": role.desk, "department": role.department, "region": role.region}
            for role in member.roles
        ],
        "accounts": [{"account": account, "user": user} for account, user in member.users],
        "open": member.held,
    }
