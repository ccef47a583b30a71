"""Lists of partners by the command line: killed, gone on with, undone; merged; written out again."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.acceptance.running import environment
from tests.acceptance.test_cli_contract import csobot
from tests.benchmarks.import_organisations import MEMORY_MB, SECONDS, measure
from tests.benchmarks.partner_list import write


def rows(folder: Path) -> list[tuple[object, ...]]:
    """Every organisation with its lists, as the database has them."""
    with sqlite3.connect(folder / "csobot.db") as connection:
        columns = "id, name, acronym, type, level, country, email, consent, status, listed, since, search"
        found = connection.execute(f"SELECT {columns} FROM organisations ORDER BY id").fetchall()
        return found + connection.execute("SELECT * FROM organisation_facets ORDER BY 1, 2, 3").fetchall()


def killed(folder: Path, path: Path, behind: int) -> None:
    """The import, killed with SIGKILL as soon as it is behind this row."""
    surroundings = environment(folder, {"CSOBOT_DATABASE_URL": "sqlite:///csobot.db"})
    command = [sys.executable, "-m", "bot", "import", "organisations", str(path), "--json"]
    process = subprocess.Popen(
        command, cwd=folder, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 60
    while _cursor(folder) <= behind and time.monotonic() < until:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()


def _cursor(folder: Path) -> int:
    try:
        with sqlite3.connect(folder / "csobot.db") as connection:
            found = connection.execute("SELECT max(cursor) FROM imports").fetchone()
    except sqlite3.OperationalError:  # there are no tables yet
        return 0
    return int(found[0] or 0)


@pytest.mark.slow
def test_killed_twice_it_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    """kill -9 in the middle, the same command again: the same rows, the same refusals; then undone again."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        folder.mkdir()
        assert csobot(folder, "migrate").returncode == 0
        assert csobot(folder, "import", "list", "--json").stdout == "[]\n"
    path, before = tmp_path / "list.csv", rows(whole)
    write(path, 3000)
    said = csobot(whole, "import", "organisations", str(path), "--json")
    for behind in (400, 1500):
        killed(broken, path, behind)
    resumed = csobot(broken, "import", "organisations", str(path), "--json")
    assert f"goes on behind row {_resumed_behind(resumed.stderr)}" in resumed.stderr
    assert json.loads(resumed.stdout) == json.loads(said.stdout)
    assert rows(broken) == rows(whole)
    assert json.loads(resumed.stdout)["accepted"] + 60 == sum(len(row) > 4 for row in rows(broken))
    undone = csobot(broken, "import", "undo", "1", "--json")
    assert json.loads(undone.stdout) == {"import": 1, "undone": True, "left": []}
    assert rows(broken) == before


def _resumed_behind(stderr: str) -> int:
    return int(stderr.partition("goes on behind row ")[2].partition(".")[0] or 0)


@pytest.mark.slow
def test_twenty_thousand_organisations(tmp_path: Path) -> None:
    """Within the time and the memory that are promised, with every broken row named by its column."""
    found = measure(tmp_path)
    assert found.missed == []
    assert found.rows == 20_000
    assert found.seconds <= SECONDS
    assert found.memory_mb <= MEMORY_MB


def test_a_dry_run_writes_nothing_and_names_every_broken_row(tmp_path: Path) -> None:
    """The same answer as the import gives, without a number; the second import of a file does nothing."""
    path = tmp_path / "list.csv"
    wrong = write(path, 100, broken=0.2)
    dry = csobot(tmp_path, "import", "organisations", str(path), "--dry-run", "--json")
    real = csobot(tmp_path, "import", "organisations", str(path), "--json")
    again = csobot(tmp_path, "import", "organisations", str(path), "--json")
    said = json.loads(dry.stdout)
    assert (dry.returncode, real.returncode, said["import"], said["rows"]) == (1, 1, None, 100)
    assert {each["row"] for each in said["refused"]} == wrong.keys()
    assert json.loads(real.stdout) == {**said, "import": 1}
    assert json.loads(again.stdout) == json.loads(real.stdout)
    assert "nothing is done again" in again.stderr


def test_a_list_in_another_form_comes_in_by_a_mapping(tmp_path: Path) -> None:
    """Semicolons, their column names, their words for ours; problems name their columns."""
    path, mapping = tmp_path / "theirs.csv", tmp_path / "mapping.yaml"
    path.write_text("Organisation;Kind;Land;Junk\nLake Circle;Charity;Kenya;x\nHill House;Club;KE;y\n", "utf-8-sig")
    mapping.write_text(
        "columns: {Organisation: name, Kind: type, Land: country}\n"
        "values: {type: {Charity: NGO}, country: {Kenya: KE}}\n"
        "defaults: {level: local}\n"
    )
    ran = csobot(tmp_path, "import", "organisations", str(path), "--mapping", str(mapping), "--json")
    said = json.loads(ran.stdout)
    assert (said["rows"], said["accepted"]) == (2, 1)
    assert [(each["row"], each["column"]) for each in said["refused"]] == [(3, "Kind")]
    assert "not taken over: Junk" in ran.stderr


def test_duplicates_by_the_command_line(tmp_path: Path) -> None:
    """Found at import, merged, parted, called different."""
    path = tmp_path / "list.csv"
    path.write_text("id,name,type,country\nT-1,Harbor Line Aid,NGO,KE\n")
    assert csobot(tmp_path, "import", "organisations", str(path)).returncode == 0
    found = json.loads(csobot(tmp_path, "duplicates", "list", "--json").stdout)
    merged = json.loads(csobot(tmp_path, "duplicates", "merge", "CSO-0001", "T-1", "--json").stdout)
    parted = json.loads(csobot(tmp_path, "duplicates", "undo", "1", "--json").stdout)
    apart = csobot(tmp_path, "duplicates", "different", "CSO-0001", "T-1", "--json")
    assert [(each["one"], each["other"]) for each in found] == [("CSO-0001", "T-1")]
    assert (merged["merge"], parted, apart.returncode) == (1, {"merge": 1, "undone": True}, 0)
    assert csobot(tmp_path, "duplicates", "list", "--json").stdout == "[]\n"


@pytest.mark.parametrize("form", ["csv", "xlsx", "hxl", "json"])
def test_every_format_is_written(tmp_path: Path, form: str) -> None:
    """Into a file that only its owner may read."""
    path = tmp_path / "out"
    ran = csobot(tmp_path, "export", "organisations", "--format", form, "--output", str(path))
    assert (ran.returncode, ran.stdout, path.stat().st_mode & 0o777) == (0, "", 0o600)
    assert path.read_bytes()[:2] == {"csv": b"id", "xlsx": b"PK", "hxl": b"id", "json": b"[\n"}[form]
