"""How a page of the console is declared, and what its handler is given.

To add a page:

1. Write the words: `templates/console/words/{en,fr,es}/AREA.yaml` (`t("AREA.key", n=3)` in templates), and the template
   `templates/console/AREA.html` that extends `layout.html` and fills the block `main`; lists, filters, pagers, states,
   fields and empty states are macros of `macros.html`.
2. Write the handler `async def show(visit: Visit) -> Response` in `adapters/web/console/AREA.py`. It reads with
   `await visit.read(lambda tx, now: reads.things(tx, visit.viewer, …))`, acts with
   `await visit.act(lambda tx, now: service.do(tx, visit.setup, visit.viewer, …, now))`, answers with
   `visit.draw("AREA.html", things=…)`, after an act with `visit.go("/console/…", "AREA.done")`. A list that renews
   itself: `visit.draw_list("AREA.html", "AREA-list.html", …)`; the page includes the rows within `live()`. A `BotError`
   becomes a page that says what to do.
3. Declare it: `PAGES = (Page("/console/things", Permission.SEE_THINGS, show), Page("/console/things/{id}/close",
   Permission.EDIT_THINGS, close, method="POST"))`, and add PAGES to `pages.py`; what belongs into the top bar goes into
   `BAR` there. Every form has `{{ csrf() }}` in it.

A page without a permission cannot be declared. The permission is checked for "anywhere at all"; what belongs to one
region or desk is checked by the service or read that is given the `Viewer`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response

from adapters.web.console.parts import Access
from adapters.web.console.visit import Visit
from bot.core.permission import Permission

__all__ = ["FORM_BODY", "Access", "Handler", "Page"]

#: The largest body of an ordinary form, in bytes; pages that take files say more.
FORM_BODY = 100_000

Handler = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """One address of the console and one method."""

    path: str
    access: Permission | Access
    handler: Handler
    method: str = "GET"
    largest_body: int = FORM_BODY
