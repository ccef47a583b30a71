"""`csobot confidential …`: the minimal reader of the confidential desk, and its key pair."""

import json
import os
from pathlib import Path

import typer

from bot.core.errors import BotError

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
FOLDER = typer.Argument(help="Where to write the private key file")
FILES = typer.Option(None, "--files", help="Write files that came with it here, named by their content.")
KEY = typer.Option(None, "--key", help="The desk's private key file; the demo keeps it beside the database.")


class NoSuchMatter(BotError):
    """There is no such confidential matter."""


@app.callback()
def confidential() -> None:
    """Confidential matters: opened with the desk's own passphrase, on the desk's own machine."""


@app.command(name="open")
def open_(
    reference: str = typer.Argument(help="Such as C-0001"),
    key: Path = KEY,
    files: Path = FILES,
    as_json: bool = typer.Option(False, "--json", help="Print every sealed part as JSON."),
) -> None:
    """Open a matter. The passphrase is asked for, or read from CSOBOT_CONFIDENTIAL_PASSPHRASE_FILE."""
    from bot.app.keys import PRIVATE_KEY, keys_folder  # noqa: PLC0415
    from bot.app.offline import opened  # noqa: PLC0415
    from config import settings as config  # noqa: PLC0415
    from storage import sealed  # noqa: PLC0415
    from storage.sealing import open_confidential, read_private_key  # noqa: PLC0415

    number = _number(reference)
    private = read_private_key(key or keys_folder(config.load()) / PRIVATE_KEY)
    with opened() as (database, setup):
        matter = database.run_sync(lambda tx: sealed.by_number(tx, number))
        attached = setup.files.sealed_for_desk(matter.opened_by) if matter else {}
    if matter is None:
        raise NoSuchMatter(f"There is no {reference}.")
    passphrase = _passphrase()
    boxes = [*sealed.boxes(matter), *([matter.contact] if matter.contact else [])]
    parts = [json.loads(open_confidential(private, passphrase, box)) for box in boxes]
    if files:
        files.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, box in attached.items():
            (files / name).write_bytes(open_confidential(private, passphrase, box))
    if as_json:
        print(json.dumps({"reference": matter.reference, "parts": parts}, ensure_ascii=False))
        return
    print(matter.reference)
    for part in parts:
        print(*(f"{name}: {value}" for name, value in part.items() if value), sep="\n")


@app.command()
def keys(folder: Path = FOLDER) -> None:
    """Make the desk's key pair: the private file stays with the desk, the public text goes into the settings."""
    from storage.sealing import new_confidential_pair  # noqa: PLC0415

    passphrase = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True)
    public, private = new_confidential_pair(passphrase)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "confidential-private.json"
    path.touch(mode=0o600)
    path.write_text(private, encoding="utf-8")
    print(f"Private key, locked with the passphrase: {path}")
    print(f"CSOBOT_CONFIDENTIAL_PUBLIC_KEY={public}")


def _number(reference: str) -> int:
    digits = reference.upper().removeprefix("C-")
    if not digits.isdecimal():
        raise NoSuchMatter(f"{reference} is no reference of a confidential matter; they look like C-0001.")
    return int(digits)


def _passphrase() -> str:
    named = os.environ.get("CSOBOT_CONFIDENTIAL_PASSPHRASE_FILE", "")
    if named:
        return Path(named).read_text(encoding="utf-8").strip()
    return str(typer.prompt("Passphrase", hide_input=True))
