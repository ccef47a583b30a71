"""The charts of the desk in a reader's words: from what was counted to what is drawn, shown as a table and said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from adapters.exports.charts import Chart, Kind, Series, picture
from bot.core.insight import AGES, Ages, AnswerTimes, DrawnChart, Hands, Month, Numbers, Promises, TopicRegions
from bot.core.message import Fields
from bot.core.names import region_name, topic_title
from bot.core.world import World

#: Topics that are drawn in rows of their own; the rest stand in one.
MOST_TOPICS = 14
_DRAWN = (Hands.HELD, Hands.UNCLAIMED, Hands.WAITING)


@dataclass(frozen=True, slots=True)
class Wording:
    """Who reads, and in which words: `say` is a template in a language as plain text."""

    world: World
    language: str
    say: Callable[[str, str, Fields], str]

    def __call__(self, key: str, **fields: str | int) -> str:
        return self.say(self.language, f"insight.{key}", fields)

    def number(self, value: float | None, digits: int = 0) -> str:
        """As the reader writes it; a dash for nothing."""
        if value is None:
            return "—"
        return str(format_decimal(round(value, digits), locale=Locale.parse(self.language)))

    def month(self, month: Month) -> str:
        return str(format_date(month.begins, "MMM y", locale=Locale.parse(self.language)))

    def tick(self, month: Month) -> str:
        """Under a drawing, where two years of months have to fit."""
        return f"{month.month:02}/{month.year % 100:02}"

    def topic(self, topic: str) -> str:
        known = "" if topic == "triage" else topic
        return topic_title(self.world, topic, self.language) or known or self("no_topic")

    def region(self, region: str) -> str:
        return region_name(self.world, region, self.language) if region else self("no_region")

    def between(self, months: Sequence[Month]) -> dict[str, str | int]:
        return {"first": self.month(months[0]), "last": self.month(months[-1])}


def first_answer(word: Wording, times: AnswerTimes) -> Chart:
    """Two lines: half and nine of ten."""
    months = [each.month for each in times.months]
    said = word.between(months)
    fields = {"median": word.number(times.median_hours, 1), "ninetieth": word.number(times.ninetieth_hours, 1)}
    summary = word("first_answer", n=word.number(times.answered), **fields, **said)
    halves, nineties = ([getattr(each, name) for each in times.months] for name in ("median_hours", "ninetieth_hours"))
    return Chart(
        kind=Kind.LINE,
        title=word("title_first_answer"),
        summary=summary if times.answered else word("nothing", **said),
        corner=word("corner_month"),
        labels=[word.month(each) for each in months],
        ticks=[word.tick(each) for each in months],
        series=[
            Series(word("median"), halves, [word.number(each, 1) for each in halves]),
            Series(word("ninetieth"), nineties, [word.number(each, 1) for each in nineties]),
        ],
    )


def promise(word: Wording, months: Sequence[Promises]) -> Chart:
    """Bars: kept, not kept, running."""
    total = {fate: sum(getattr(each, fate) for each in months) for fate in ("kept", "broken", "running")}
    decided = total["kept"] + total["broken"]
    said = word.between([each.month for each in months])
    share = word.number(100 * total["kept"] / decided if decided else None)
    summary = word("promise", share=share, **{fate: word.number(n) for fate, n in total.items()}, **said)
    return Chart(
        kind=Kind.STACK,
        title=word("title_promise"),
        summary=summary if any(total.values()) else word("nothing", **said),
        corner=word("corner_month"),
        labels=[word.month(each.month) for each in months],
        ticks=[word.tick(each.month) for each in months],
        series=[_counts(word, fate, [getattr(each, fate) for each in months]) for fate in total],
    )


def age(word: Wording, ages: Sequence[Ages]) -> Chart:
    """Bars: who has it, by how old it is."""
    total = {hands: sum(each.numbers[hands] for each in ages) for hands in Hands}
    fields = {hands.value: word.number(number) for hands, number in total.items()}
    every = sum(total.values())
    old: dict[str, str | int] = {"days": AGES[-1], "old": word.number(ages[-1].total)}
    return Chart(
        kind=Kind.STACK,
        title=word("title_age"),
        summary=word("age", n=word.number(every), **fields, **old) if every else word("nothing_open"),
        corner=word("corner_age"),
        labels=[_age(word, each) for each in ages],
        # The second colour asks for somebody: what nobody has.
        series=[_counts(word, hands, [each.numbers[hands] for each in ages]) for hands in _DRAWN],
    )


def topics(word: Wording, found: TopicRegions, months: Sequence[Month]) -> Chart:
    """Dots: a row for each topic, a column for each region."""
    rows = [(word.topic(topic), [found.number(topic, each) for each in found.regions]) for topic in found.topics]
    drawn, left = rows[:MOST_TOPICS], rows[MOST_TOPICS:]
    summed = [sum(each) for each in zip(*(numbers for _, numbers in left), strict=True)]
    rest = [(word("other"), summed)] if left else []
    return Chart(
        kind=Kind.DOTS,
        title=word("title_topics"),
        summary=_most(word, found, months),
        corner=word("corner_topic"),
        labels=[word.region(each) for each in found.regions],
        ticks=[each or "—" for each in found.regions],
        series=[_row(word, name, numbers) for name, numbers in drawn],
        rest=[_row(word, name, numbers) for name, numbers in rest],
    )


def _most(word: Wording, found: TopicRegions, months: Sequence[Month]) -> str:
    said = word.between(months)
    if not found.topics:
        return word("nothing", **said)
    topic, region = found.topics[0], max(found.regions, key=found.of_region)
    every = sum(found.of_region(each) for each in found.regions)
    largest = {"topic": word.topic(topic), "most": word.number(found.of_topic(topic))}
    from_there = {"region": word.region(region) if region else "", "many": word.number(found.of_region(region))}
    return word("topics", n=word.number(every), **largest, **from_there, **said)


def _row(word: Wording, name: str, numbers: Sequence[int]) -> Series:
    return Series(name, numbers, [word.number(each) for each in numbers])


def _counts(word: Wording, key: str, numbers: Sequence[int]) -> Series:
    return Series(word(key), numbers, [word.number(each) for each in numbers])


def _age(word: Wording, ages: Ages) -> str:
    if ages.to_days is None:
        return word("age_last", begin=ages.from_days)
    return word("age_between", begin=ages.from_days, end=ages.to_days) if ages.from_days else word("age_first")


def made(word: Wording, numbers: Numbers) -> Chart:
    """The chart of what was counted."""
    counted = numbers.counted
    if isinstance(counted, AnswerTimes):
        return first_answer(word, counted)
    if isinstance(counted, TopicRegions):
        return topics(word, counted, numbers.months)
    promises = [each for each in counted if isinstance(each, Promises)]
    return promise(word, promises) if promises else age(word, [each for each in counted if isinstance(each, Ages)])


def draw_chart(world: World, say: Callable[[str, str, Fields], str], numbers: Numbers, language: str) -> DrawnChart:
    """As it is sent in chat."""
    from adapters.exports.typeset import png  # noqa: PLC0415 - printing is seldom, and loaded when it is needed

    chart = made(Wording(world, language, say), numbers)
    return DrawnChart(png(picture(chart)), chart.title, chart.summary)
