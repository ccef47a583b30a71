"""The built wheel is complete: what runs from the repository runs from it, far away from the repository."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = {"bot", "adapters", "storage", "config", "templates"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """csobot's wheel, built from the files of this repository."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("csobot-*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel in it; the libraries are those of this environment."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    zipfile.ZipFile(wheel).extractall(packages)
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return folder


def run(environment: Path, folder: Path, *arguments: str, settings: Mapping[str, str] | None = None) -> str:
    """What csobot prints when it is called in that folder."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("CSOBOT_", "PYTHON"))}
    done = subprocess.run(
        [str(environment / "bin" / "python"), "-I", "-m", "bot", *arguments],
        cwd=folder,
        env={**ours, **(settings or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_office_and_the_migrations_are_in_the_wheel(environment: Path, tmp_path: Path) -> None:
    """The default world is checked and a database is made from the installed files alone."""
    assert run(environment, tmp_path, "world", "check").startswith("No problems: ")
    settings = {"CSOBOT_DATABASE_URL": f"sqlite:///{tmp_path / 'a.db'}"}
    assert run(environment, tmp_path, "migrate", settings=settings) == "The database is up to date.\n"


def test_every_data_file_is_in_the_wheel(wheel: Path) -> None:
    """Templates, pages, the office's files and the manifests travel with the code."""
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*") if file.is_file())
    there = {str(file.relative_to(ROOT)) for file in files if "__pycache__" not in file.parts}
    assert there - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_tests_and_secrets_are_not_in_the_wheel(wheel: Path) -> None:
    """Nothing but the product's own packages."""
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
