"""A mapping file: how the columns and values of somebody else's list become ours."""

from collections.abc import Collection
from pathlib import Path

from bot.core.errors import WorldProblem
from bot.core.imports.layout import Layout
from config.world_files import Entry, Folder, Problems


def load(path: Path, known: Collection[str]) -> Layout:
    """The mapping of a YAML file with `columns`, and `values` and `defaults` where they are needed.

    Raises `WorldProblem` with `file:line: sentence` for each mistake.
    """
    problems = Problems()
    top = Folder(path.parent, problems).yaml(path.name)
    for key in top.names:
        problems.among(top.place(key), key, ("columns", "values", "defaults"), "key")
    columns = top.entry("columns")
    layout = Layout(
        columns=_texts(columns),
        values=_values(top.entry("values"), known) if "values" in top else {},
        defaults=_texts(top.entry("defaults")) if "defaults" in top else {},
    )
    for theirs, ours in layout.columns.items():
        problems.among(columns.place(theirs), ours, known, "column")
    for ours in layout.defaults:
        problems.among(top.entry("defaults").place(ours), ours, known, "column")
    if problems.lines:
        raise WorldProblem("\n".join(problems.lines))
    return layout


def _texts(entry: Entry) -> dict[str, str]:
    return {name: entry.text(name) for name in entry.names}


def _values(entry: Entry, known: Collection[str]) -> dict[str, dict[str, str]]:
    for ours in entry.names:
        entry.at.problems.among(entry.place(ours), ours, known, "column")
    return {ours: _texts(entry.entry(ours)) for ours in entry.names}
