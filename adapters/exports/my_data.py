"""What is kept about a person as a page that anybody can read: no script, nothing fetched, prints well."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

from bot.core.message import Value

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:1rem auto;padding:0 1rem}
body{color:#1a1a1a;background:#fff}h2{margin-top:2rem;border-bottom:1px solid #767676}
dl{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.25rem 1rem}
dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}section section{margin-left:1rem}
@media(max-width:32rem){dl{grid-template-columns:1fr}dt{margin-top:.5rem}}"""


class Page:
    """Puts values into words of one language; a value without a word of its own stands as it is."""

    def __init__(self, line: Callable[[str, str], str], language: str) -> None:
        """`line` gives a template without fields, as plain text."""
        self._line = line
        self._language = language

    def html(self, about: Mapping[str, Value]) -> bytes:
        """The whole page."""
        title = escape(self._word("title"))
        parts = "".join(self._section(name, value) for name, value in about.items() if name != "made_at")
        intro = f"<p>{escape(self._word('intro'))}</p><p>{escape(str(about.get('made_at', '')))}</p>"
        outro = f"<p>{escape(self._word('not_here'))}</p>"
        head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
        page = f"{head}<style>{_STYLE}</style></head><body><h1>{title}</h1>{intro}{parts}{outro}</body></html>"
        return f'<!doctype html><html lang="{escape(self._language)}"><head>{page}'.encode()

    def _section(self, name: str, value: Value) -> str:
        body = self._value(value)
        return f"<section><h2>{escape(self._word(name))}</h2>{body}</section>"

    def _value(self, value: Value) -> str:
        if isinstance(value, Mapping):
            rows = "".join(
                f"<dt>{escape(self._word(name))}</dt><dd>{self._value(each)}</dd>" for name, each in value.items()
            )
            return f"<dl>{rows}</dl>"
        if isinstance(value, Sequence) and not isinstance(value, str):
            return "".join(self._item(each) for each in value) or escape(self._word("nothing"))
        if isinstance(value, bool):
            return escape(self._word("yes" if value else "no"))
        return escape(str(value)) if value not in (None, "") else escape(self._word("nothing"))

    def _item(self, value: Value) -> str:
        return f"<section>{self._value(value)}</section>"

    def _word(self, name: str) -> str:
        return self._line(self._language, f"my_data.{name}")


def readable(line: Callable[[str, str], str], language: str, about: Mapping[str, Value]) -> bytes:
    """The page in the language."""
    return Page(line, language).html(about)
