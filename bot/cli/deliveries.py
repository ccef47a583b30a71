"""`csobot deliveries …`: what waits to be sent, and letting it go after a restore."""

import json
from datetime import UTC, datetime

import typer

from bot.core.errors import BotError

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
BEFORE = typer.Option("", "--cancel-before", help="Never send what was due before this time, such as 2026-11-25T08:00.")
AS_JSON = typer.Option(False, "--json", help="Print JSON.")


class NoTime(BotError):
    """The time is not of the form 2026-11-25T08:00 (UTC)."""


@app.callback()
def deliveries() -> None:
    """After a restore nothing is sent until somebody has looked: yesterday's queue would be sent once more."""


@app.command()
def status(as_json: bool = AS_JSON) -> None:
    """Say whether deliveries are held, since when and why, and what waits."""
    from bot.app.offline import opened  # noqa: PLC0415
    from bot.services import held  # noqa: PLC0415

    with opened() as (database, _):
        now = database.run_sync(held.standing)
    hold, oldest = now.hold, now.oldest.isoformat() if now.oldest else None
    if as_json:
        since = {"since": hold.since.isoformat(), "why": hold.why} if hold else None
        print(json.dumps({"held": since, "queued": now.queued, "oldest": oldest, "kinds": dict(now.kinds)}))
        return
    print(f"Held since {hold.since:%Y-%m-%d %H:%M} UTC ({hold.why})." if hold else "Not held.")
    kinds = ", ".join(f"{count} {kind}" for kind, count in now.kinds.items())
    print(f"Waiting: {now.queued}{f' ({kinds}), the oldest due {oldest}' if now.queued else ''}.")


@app.command()
def release(cancel_before: str = BEFORE, as_json: bool = AS_JSON) -> None:
    """Let deliveries go on. Answers that are cancelled are named to the desk that wrote them."""
    from bot.app.offline import opened  # noqa: PLC0415
    from bot.services import held  # noqa: PLC0415
    from storage import clock  # noqa: PLC0415

    moment = _moment(cancel_before)
    with opened() as (database, setup):
        cancelled = database.run_sync(lambda tx: held.release(tx, setup, moment, clock.now(tx)))
    print(json.dumps({"cancelled": cancelled}) if as_json else f"Released. Cancelled: {cancelled}.")


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NoTime from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
