"""The house rules that no linter knows. Each yields one line a finding: file, line, what is wrong."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

LONGEST_MODULE = 400
LONGEST_FUNCTION = 50
CODE = ("bot", "adapters", "storage", "config")
WITHOUT_MOCKS = ("tests/unit/", "tests/services/")
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}
#: What this file has to name in order to look for it.
OWN = "tests/house/"

_UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError")
_MOCK = re.compile(r"unittest\.mock|\bmocker\b|MagicMock|AsyncMock")
_IMPURE_CALL = re.compile(
    r"datetime\.now\(|utcnow|time\.(time|monotonic)\(|\brandom\.|uuid[14]\(|\bsecrets\."
    r"|os\.environ|(?<!def )(?<![\w.])open\("
)
_FRAMEWORKS = {
    *("sqlalchemy", "telegram", "slack_bolt", "slack_sdk", "starlette", "jinja2", "apscheduler", "aiohttp", "asyncio")
}
_DOWNLOAD = re.compile(
    r"https?://\S+/simple\b|--(extra-)?index-url|--find-links"
    r"|\bregistry\s*=\s*[\"']?https?:|[\"']resolved[\"']\s*:",
    re.I,
)
_MACHINE_PATH = re.compile(r"(?<![\w.])/(work|root|tmp|home/\w+|opt|Users/\w+)/\S")
_ASSERTS = re.compile(r"\bassert\b|\braises\b|\bexpect\(|\bcheck_\w*\(|\bplay\(")


@dataclass(frozen=True, slots=True)
class Source:
    """A tracked text file."""

    path: str
    text: str

    @property
    def is_code(self) -> bool:
        """Python of the product, written by people for people to read in one sitting."""
        return self.path.endswith(".py") and self.path.startswith(tuple(f"{each}/" for each in CODE))

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def hits(self, pattern: re.Pattern[str], words: str) -> Iterator[str]:
        """A finding for each line on which the pattern stands."""
        for number, line in enumerate(self.text.splitlines(), 1):
            if pattern.search(line):
                yield f"{self.path}:{number}: {words}"


def module_length(source: Source) -> Iterator[str]:
    """A module is read in one sitting. Migrations tell a history and are as long as it is."""
    lines = len(source.text.splitlines())
    if source.is_code and "/migrations/versions/" not in source.path and lines > LONGEST_MODULE:
        yield f"{source.path}: {lines} lines; at most {LONGEST_MODULE}"


def function_length(source: Source) -> Iterator[str]:
    """A function stands on one screen; its docstring does not count."""
    if not source.is_code or "/migrations/versions/" in source.path:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = _lines(node)
            if lines > LONGEST_FUNCTION:
                yield f"{source.path}:{node.lineno}: {node.name} has {lines} lines; at most {LONGEST_FUNCTION}"


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    said = ast.get_docstring(node) is not None
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if said else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - docstring


def telling_names(source: Source) -> Iterator[str]:
    """One noun, every layer: a module is called for what is in it."""
    path = PurePosixPath(source.path)
    named = {path.stem, *path.parent.parts} & NAMES_THAT_SAY_NOTHING
    if source.path.endswith(".py") and named:
        yield f"{source.path}: {', '.join(sorted(named))} says nothing about what is in it"


def pure_core(source: Source) -> Iterator[str]:
    """Time, ids, chance and files are arguments of the core; frameworks are unknown to it."""
    if not source.path.startswith("bot/core/") or not source.path.endswith(".py"):
        return
    yield from source.hits(_IMPURE_CALL, "the core touches a clock, chance or the machine")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
            for name in names:
                if name.partition(".")[0] in _FRAMEWORKS:
                    yield f"{source.path}:{node.lineno}: the core imports {name}"


def finished(source: Source) -> Iterator[str]:
    """Nothing is left for later without an issue that says so."""
    if source.path.endswith((".py", ".js", ".html", ".yaml", ".sh", "Makefile")) and "/vendor/" not in source.path:
        yield from source.hits(_UNFINISHED, "unfinished")


def no_mocks(source: Source) -> Iterator[str]:
    """Real SQLite, the simulator, a fixed `now`: a fake is a real small server."""
    if source.path.startswith(WITHOUT_MOCKS):
        yield from source.hits(_MOCK, "a mock; use the real thing or a server that speaks its protocol")


def asserting(source: Source) -> Iterator[str]:
    """A test states one fact and says where it is checked."""
    if not source.path.startswith("tests/") or not source.path.endswith(".py"):
        return
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.name.startswith("test"):
            continue
        if not _ASSERTS.search(ast.get_source_segment(source.text, node) or ""):
            yield f"{source.path}:{node.lineno}: {node.name} asserts nothing"


def anywhere(source: Source) -> Iterator[str]:
    """The repository works on every machine: no download address, no path of the one it was written on."""
    if "/vendor/" not in source.path:
        yield from source.hits(_DOWNLOAD, "names where packages are downloaded from")
        yield from source.hits(_MACHINE_PATH, "a path of one machine")


PER_FILE: tuple[Callable[[Source], Iterator[str]], ...] = (
    module_length,
    function_length,
    telling_names,
    pure_core,
    finished,
    no_mocks,
    asserting,
    anywhere,
)


def findings(sources: Sequence[Source]) -> list[str]:
    """What every file rule finds in these files."""
    return [each for source in sources for rule in PER_FILE for each in rule(source)]


def undocumented(variables: Sequence[str], readme: str) -> list[str]:
    """Settings that the README's table does not name."""
    return [f"README.md: {name} is not in the settings table" for name in variables if f"`{name}`" not in readme]


def missing(root: Path) -> list[str]:
    """Files that a newcomer looks for, and links in our documents that lead nowhere."""
    needed = (".ci/run", "README.md", "Makefile", "CHANGELOG.md", ".env.example", "csobot.yaml.example")
    gone = [f"{each}: missing" for each in needed if not (root / each).is_file()]
    documents = [root / "README.md", root / "CHANGELOG.md", *sorted((root / "docs").rglob("*.md"))]
    return gone + [each for document in documents if document.is_file() for each in _dead_links(root, document)]


def _dead_links(root: Path, document: Path) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:") and not (document.parent / target).exists():
            yield f"{document.relative_to(root)}: {target} leads nowhere"
