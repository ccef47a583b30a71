"""`python -m tests.house`: checks the tracked files against the house rules; exit code 1 if there is any finding."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from config.settings import PREFIX, Settings, Slack, Telegram
from tests.house.rules import OWN, Source, findings, missing, undocumented

ROOT = Path(__file__).resolve().parent.parent.parent


def sources() -> Iterator[Source]:
    """The text files that git knows or would take, these rules themselves left out."""
    listed = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    for name in names:
        if name.startswith(OWN) or not (ROOT / name).is_file():
            continue
        try:
            yield Source(name, (ROOT / name).read_text(encoding="utf-8"))
        except UnicodeDecodeError:  # a picture, a spreadsheet
            continue


def variables(model: type[BaseModel] = Settings, prefix: str = PREFIX) -> list[str]:
    """The environment variables that mean something, as a person writes them."""
    found = []
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found += variables(field.annotation, f"{prefix}{name.upper()}__")
        elif name not in {"accounts", "kind"}:
            found.append(f"{prefix}{name.upper()}")
    return found + [f"{prefix}{each.upper()}_FILE" for each in getattr(model, "secrets", ())]


def main() -> None:
    """Print what was found."""
    assert {Slack, Telegram} <= {each.annotation for each in Settings.model_fields.values()}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = [*findings(list(sources())), *undocumented(variables(), readme), *missing(ROOT)]
    print("\n".join(found) if found else "House rules: nothing to say.")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
