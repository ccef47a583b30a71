"""Days as people write them: 2026-12-01, 1.12., 1 December, 1er décembre, tomorrow, viernes, 3 days."""

import re
from datetime import date, timedelta

from bot.core.plain import plain

_MONTHS = (
    ("january", "janvier", "enero"),
    ("february", "fevrier", "febrero"),
    ("march", "mars", "marzo"),
    ("april", "avril", "abril"),
    ("may", "mai", "mayo"),
    ("june", "juin", "junio"),
    ("july", "juillet", "julio"),
    ("august", "aout", "agosto"),
    ("september", "septembre", "septiembre"),
    ("october", "octobre", "octubre"),
    ("november", "novembre", "noviembre"),
    ("december", "decembre", "diciembre"),
)
_WEEKDAYS = (
    ("monday", "lundi", "lunes"),
    ("tuesday", "mardi", "martes"),
    ("wednesday", "mercredi", "miercoles"),
    ("thursday", "jeudi", "jueves"),
    ("friday", "vendredi", "viernes"),
    ("saturday", "samedi", "sabado"),
    ("sunday", "dimanche", "domingo"),
)
_TOMORROW = {"tomorrow", "demain", "manana"}
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_NUMBERS = re.compile(r"\b(\d{1,2})[./](\d{1,2})(?:[./](\d{4}))?\b")
_DAY_MONTH = re.compile(r"\b(\d{1,2})(?:er|st|nd|rd|th)?\.?\s+(?:de\s+)?([a-z]{3,})(?:\s+(?:de\s+)?(\d{4}))?\b")
_MONTH_DAY = re.compile(r"\b([a-z]{3,})\s+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(\d{4}))?\b")
_LENGTH = re.compile(r"\b(\d{1,3})\s*(d|days?|jours?|j|dias?|w|weeks?|semaines?|semanas?)\b")


def days(text: str, today: date) -> tuple[date, ...]:
    """The days that the text names, in its order; a day without a year is the next one. Most are one or two."""
    words = plain(text)
    found: dict[int, date] = {}
    for pattern, read in ((_ISO, _iso), (_NUMBERS, _numbers), (_DAY_MONTH, _day_month), (_MONTH_DAY, _month_day)):
        for match in pattern.finditer(words):
            overlaps = any(match.start() <= place < match.end() for place in found)
            if not overlaps and (day := read(match, today)):
                found[match.start()] = day
                words = words[: match.start()] + "#" * len(match.group()) + words[match.end() :]
    return tuple(day for _, day in sorted({**_said(words, today), **found}.items()))


def _iso(match: re.Match[str], today: date) -> date | None:
    return _made(int(match[1]), int(match[2]), int(match[3]))


def _numbers(match: re.Match[str], today: date) -> date | None:
    return _next(int(match[1]), int(match[2]), match[3], today)


def _day_month(match: re.Match[str], today: date) -> date | None:
    return _next(int(match[1]), _month(match[2]), match[3], today)


def _month_day(match: re.Match[str], today: date) -> date | None:
    return _next(int(match[2]), _month(match[1]), match[3], today)


def _said(words: str, today: date) -> dict[int, date]:
    """Tomorrow, a weekday, so many days or weeks from now."""
    found = {}
    for match in _LENGTH.finditer(words):
        many = int(match[1]) * (7 if match[2][0] in "ws" else 1)
        found[match.start()] = today + timedelta(days=many)
    for match in re.finditer(r"[a-z]+", words):
        word = match.group()
        if word in _TOMORROW:
            found[match.start()] = today + timedelta(days=1)
        for number, names in enumerate(_WEEKDAYS):
            if word in names:
                ahead = (number - today.weekday()) % 7 or 7
                found[match.start()] = today + timedelta(days=ahead)
    return found


def _month(word: str) -> int:
    """1 to 12; 0 for a word that is no month."""
    if len(word) < 3:
        return 0
    return next((place for place, names in enumerate(_MONTHS, 1) if any(name.startswith(word) for name in names)), 0)


def _next(day: int, month: int, year: str | None, today: date) -> date | None:
    if year:
        return _made(int(year), month, day)
    this_year = _made(today.year, month, day)
    return this_year if this_year and this_year >= today else _made(today.year + 1, month, day)


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
