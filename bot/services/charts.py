"""A chart for somebody of staff: counted for the desks of their roles, and sent as a picture with its sentence."""

from datetime import datetime

from bot.core.desk_turn import ShowChart
from bot.core.insight import Asked, InsightChart, Numbers, last_months
from bot.core.permission import Permission, Viewer
from bot.services.acting import Acting, tell_acting
from bot.services.perform_connect import viewer_of
from bot.services.told import tell
from storage.database import Transaction
from storage.reads import insight

#: Months on a chart that is asked for in chat.
MONTHS = 12


def count(tx: Transaction, viewer: Viewer, which: InsightChart, asked: Asked, now: datetime) -> Numbers:
    """What the chart shows; raises `NotAllowed`."""
    months = insight.months_of(asked)
    match which:
        case InsightChart.FIRST_ANSWER:
            return Numbers(months, insight.first_answers(tx, viewer, asked))
        case InsightChart.PROMISE:
            return Numbers(months, insight.promises(tx, viewer, asked, now))
        case InsightChart.AGE:
            return Numbers(months, insight.open_by_age(tx, viewer, asked, now))
        case InsightChart.TOPICS:
            return Numbers(months, insight.topics_by_region(tx, viewer, asked))


def show_chart(acting: Acting, effect: ShowChart) -> None:
    """The picture with its sentence; one sentence where it may not be seen, or cannot be drawn here."""
    viewer, draw, told = viewer_of(acting), acting.setup.draw_chart, acting.told
    if not viewer.may(Permission.SEE_INSIGHT):
        tell_acting(acting, told, "errors.not_allowed", {})
        return
    if draw is None:
        tell_acting(acting, told, "insight.cannot", {})
        return
    months = last_months(acting.now, MONTHS)
    asked = Asked(begins=months[0].begins, ends=months[-1].ends)
    drawn = draw(count(acting.tx, viewer, effect.which, asked, acting.now), told.language)
    file = acting.setup.files.add(drawn.png, f"{effect.which}.png", "image/png")
    fields = {"title": drawn.title, "summary": drawn.summary}
    source = f"event:{acting.key}"
    tell(acting.tx, told, source, acting.part, "insight.caption", fields, acting.now, file=file)
    acting.part += 1
