"""`python -m tests.house.traceability [--check]`: which test shows which requirement, written to docs/traceability.md.

The requirements stand in docs/requirements.csv. A test names those it shows with `@pytest.mark.req("S1-R5")`, a
transcript in its line `# req:`. Nothing is counted that no test names.
"""

import ast
import csv
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "traceability.md"
PRIORITIES = {"M": "must", "S": "should", "C": "could"}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of docs/requirements.csv."""

    id: str
    priority: str
    text: str


def requirements(root: Path = ROOT) -> list[Requirement]:
    """All of them, in the order of the file."""
    with (root / "docs" / "requirements.csv").open(encoding="utf-8", newline="") as file:
        return [Requirement(row["id"], row["priority"], row["requirement"]) for row in csv.DictReader(file)]


def shown(root: Path = ROOT) -> dict[str, list[str]]:
    """Requirement -> the files with tests that name it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((root / "tests").rglob("*.py")):
        for requirement in _marks(ast.parse(path.read_text(encoding="utf-8"))):
            found[requirement].add(str(path.relative_to(root)))
    for path in sorted((root / "tests" / "acceptance" / "transcripts").glob("*.txt")):
        for requirement in _remarks(path.read_text(encoding="utf-8")):
            found[requirement].add(str(path.relative_to(root)))
    return {requirement: sorted(files) for requirement, files in found.items()}


def _marks(tree: ast.Module) -> Iterator[str]:
    """The ids in every `pytest.mark.req(…)`: of a test, of a module, of one case of a parametrised test."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "req":
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def _remarks(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.startswith("# req:"):
            yield from line.removeprefix("# req:").split()


def unknown(named: Mapping[str, list[str]], known: list[Requirement]) -> list[str]:
    """Marks that name no requirement: a typing mistake would otherwise count for nothing."""
    ids = {each.id for each in known}
    return [
        f"{file}: names {each}, which docs/requirements.csv does not have"
        for each, files in sorted(named.items())
        if each not in ids
        for file in files
    ]


def page(known: list[Requirement], named: Mapping[str, list[str]]) -> str:
    """The page, as Markdown."""
    done = [each for each in known if each.id in named]
    open_ = [each for each in known if each.id not in named]
    lines = [
        "# Which test shows which requirement",
        "",
        "Made by `make traceability` from the marks in the tests; do not edit.",
        "The requirements with their source are in [requirements.csv](requirements.csv).",
        "",
        f"{len(done)} of {len(known)} requirements are shown by at least one test.",
        "That a test names a requirement says that it shows some of it, not that nothing of it is left.",
        "",
        "## Shown",
        "",
        "| id | priority | requirement | shown in |",
        "| --- | --- | --- | --- |",
        *(_shown_row(each, named[each.id]) for each in done),
        "",
        "## Not shown",
        "",
        "| id | priority | requirement |",
        "| --- | --- | --- |",
        *map(_row, open_),
    ]
    return "\n".join(lines) + "\n"


def _shown_row(requirement: Requirement, files: list[str]) -> str:
    return f"{_row(requirement)} {_files(files)} |"


def _row(requirement: Requirement) -> str:
    text = requirement.text.replace("|", "\\|")
    return f"| {requirement.id} | {PRIORITIES[requirement.priority]} | {text} |"


def _files(files: list[str]) -> str:
    """Each file once; a transcript's languages after its name."""
    languages: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for file in files:
        name, _, language = Path(file).name.removesuffix(".txt").rpartition(".")
        languages[name if file.endswith(".txt") else Path(file).name].append((language, file))
    return ", ".join(_links(name, found) for name, found in languages.items())


def _links(name: str, found: list[tuple[str, str]]) -> str:
    if name.endswith(".py"):
        return f"[{name}](../{found[0][1]})"
    return f"{name} {' '.join(f'[{language}](../{file})' for language, file in found)}"


def main() -> None:
    """Write the page, or with --check say what is wrong with it; exit code 1 if anything is."""
    known, named = requirements(), shown()
    problems = unknown(named, known)
    wanted = page(known, named)
    if "--check" in sys.argv[1:]:
        if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != wanted:
            problems.append("docs/traceability.md is not what the tests say now: make traceability")
    else:
        PAGE.write_text(wanted, encoding="utf-8")
    print(
        "\n".join(problems)
        if problems
        else f"{sum(each.id in named for each in known)} of {len(known)} requirements are shown."
    )
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
