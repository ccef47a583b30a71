"""Pages set by Typst: a drawing as a PNG, a report as a PDF that screen readers can follow. Fonts are our own."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
_FONTS = TEMPLATES / "vendor" / "fonts"
_PAGES = TEMPLATES / "print"
#: Dots of a picture to one of its drawing: sharp on a telephone, small enough for a slow line.
SHARPNESS = 2


def png(drawing: str) -> bytes:
    """A drawing (SVG) on white."""
    dots = 72 * SHARPNESS
    return _set("picture.typ", {}, {"drawing.svg": drawing}, "png", dots)


def pdf(page: str, about: Mapping[str, Any], drawings: Mapping[str, str]) -> bytes:
    """A page of `templates/print` with what it is about; `drawings` are SVG files by name. Text is data, never code."""
    return _set(page, about, drawings, "pdf", 0)


def _set(page: str, about: Mapping[str, Any], drawings: Mapping[str, str], kind: str, dots: int) -> bytes:
    # 80 MB on the disk, and most processes never print.
    import typst  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="csobot-print-") as made:
        folder = Path(made)
        (folder / "page.typ").write_bytes((_PAGES / page).read_bytes())
        (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
        for name, drawing in drawings.items():
            (folder / name).write_text(drawing, encoding="utf-8")
        more: dict[str, Any] = {"ppi": float(dots)} if dots else {"pdf_standards": ["ua-1"]}
        done = typst.compile(
            str(folder / "page.typ"),
            root=made,
            font_paths=[str(_FONTS)],
            ignore_system_fonts=True,
            format="png" if dots else "pdf",
            **more,
        )
    assert isinstance(done, bytes), "one page is one file"
    return done
