"""`csobot backup`: database and files in one file, without the keys."""

import json
from pathlib import Path

import typer

from bot.core.errors import BotError

app = typer.Typer(add_completion=False, rich_markup_mode=None)
FILE = typer.Argument(None, help="Where to write it, such as csobot-2026-11-25.backup")
TO_KEY = typer.Option(
    "", "--to-key", help="Seal it with this public key; only the private key and its passphrase open it."
)
NEW_KEY = typer.Option(None, "--new-key", help="Make a key pair for backups in this folder, and nothing else.")


class NoFile(BotError):
    """Say where to write the backup: csobot backup FILE."""


class CannotWrite(BotError):
    """The backup cannot be written there."""


@app.command()
def backup(
    file: Path = FILE,
    to_key: str = TO_KEY,
    new_key: Path = NEW_KEY,
    as_json: bool = typer.Option(False, "--json", help="Print what was written as JSON."),
) -> None:
    """Write a backup while csobot runs. What people wrote is in it: keep it sealed, or on an encrypted disk."""
    if new_key is not None:
        _make_pair(new_key)
        return
    if file is None:
        raise NoFile
    from bot.app.backup import back_up  # noqa: PLC0415

    try:
        manifest = back_up(file, to_key)
    except OSError as error:
        raise CannotWrite(
            f"{file} cannot be written: {error.strerror or error}. Choose a folder that is there."
        ) from None
    rows = sum(part.count for part in manifest.tables.values())
    said = {"file": str(file), "rows": rows, "files": len(manifest.files), "sealed": bool(to_key)}
    if as_json:
        print(json.dumps({**said, "created_at": manifest.created_at.isoformat()}))
        return
    print(f"{file}: {rows} rows, {len(manifest.files)} files. The keys are not in it: keep them apart from it.")
    if not to_key:
        print("It is not sealed: whoever has it reads what people wrote. See --to-key.")


def _make_pair(folder: Path) -> None:
    from storage.sealing import new_confidential_pair  # noqa: PLC0415

    passphrase = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True)
    public, private = new_confidential_pair(passphrase)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "backup-private.json"
    path.touch(mode=0o600)
    path.write_text(private, encoding="utf-8")
    print(f"Private key, locked with the passphrase: {path}")
    print(f"csobot backup FILE --to-key {public}")
