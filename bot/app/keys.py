"""The two keys of an installation: given in the environment, or made on the first start beside the database."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import structlog

from config.settings import Settings
from storage.journal import ErasureJournal
from storage.sealing import ConfidentialBox, ProcessSeal, new_confidential_pair, new_process_key, process_key

log = structlog.get_logger()

PROCESS_KEY = "process.key"
PUBLIC_KEY = "confidential-public.key"
#: Locked with the passphrase below. A real office keeps both elsewhere and gives csobot the public key only.
PRIVATE_KEY = "confidential-private.json"
PASSPHRASE = "confidential-passphrase.txt"  # noqa: S105 - the name of a file


ERASURES = "erasures.jsonl"


@dataclass(frozen=True, slots=True)
class Keys:
    seal: ProcessSeal
    confidential: ConfidentialBox


def keys_folder(settings: Settings) -> Path:
    """Beside the SQLite file, or in var/ where the database is elsewhere."""
    url = settings.database_url.get_secret_value()
    database = Path(url.removeprefix("sqlite:///")).parent if url.startswith("sqlite:///") else Path("var")
    return database / "keys"


def erasure_journal(settings: Settings) -> ErasureJournal:
    """Where it is noted who was erased: apart from the database, so that no backup of it can forget them."""
    return ErasureJournal(settings.erasures or keys_folder(settings) / ERASURES)


def load_keys(settings: Settings) -> Keys:
    """The keys of this installation; what the environment does not give is made once and kept."""
    folder = keys_folder(settings)
    process = settings.process_key.get_secret_value() or _process_key(folder / PROCESS_KEY)
    public = settings.confidential_public_key.get_secret_value() or _public_key(folder)
    return Keys(ProcessSeal(process_key(process)), ConfidentialBox(public))


def known_process_key(settings: Settings) -> str:
    """The process key as text, without making one; empty when there is none yet."""
    path = keys_folder(settings) / PROCESS_KEY
    kept = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    return settings.process_key.get_secret_value() or kept


def _public_key(folder: Path) -> str:
    path = folder / PUBLIC_KEY
    if not path.exists():
        passphrase = secrets.token_urlsafe(12)
        public, private = new_confidential_pair(passphrase)
        _write(folder / PRIVATE_KEY, private)
        _write(folder / PASSPHRASE, passphrase)
        _write(path, public)
        log.warning("keys.made", folder=str(folder), advice="the confidential desk takes its private key away")
    return path.read_text(encoding="utf-8").strip()


def _process_key(path: Path) -> str:
    if not path.exists():
        _write(path, new_process_key())
    return path.read_text(encoding="utf-8").strip()


def _write(path: Path, text: str) -> None:
    """For nobody but the owner to read, and whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = path.with_suffix(".new")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text.strip() + "\n")
        file.flush()
        os.fsync(file.fileno())
    scratch.rename(path)
