"""Who answers: the posts of focal_points.csv and the desks they form."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, time

from bot.core.world import Department, Desk, DeskKind, Post, PostKind, Region
from config.world_files import Folder, Place, Problems, Row, chosen, listed
from config.world_office import Tongues, circle_from, countries, zone

FILE = "focal_points.csv"
_COLUMNS = (
    *("id", "desk", "kind", "post", "region", "country", "department", "languages"),
    *("timezone", "working_days", "hours", "backup", "escalates_to"),
)
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")
#: What all posts of a desk have in common.
_SHARED = ("kind", "region", "country", "department", "escalates_to")


def rows(folder: Folder, known: Tongues) -> tuple[Row, ...]:
    """The posts as the file gives them."""
    return tuple(folder.csv(FILE, (*_COLUMNS, *(f"role_{language}" for language in known.spoken))))


def desks(
    posts: Sequence[Row],
    known: Tongues,
    departments: Mapping[str, Department],
    regions: Mapping[str, Region],
    holidays: Mapping[str, frozenset[date]],
) -> Mapping[str, Desk]:
    """The desks by id, the main post first. `holidays`: post id -> days on which nobody is there."""
    by_desk: dict[str, list[Row]] = {}
    for row in posts:
        by_desk.setdefault(row.needed("desk"), []).append(row)
        _check(row, posts, departments, regions, by_desk.keys() | {each["desk"] for each in posts})
    found = {name: _desk(members, known, holidays) for name, members in by_desk.items()}
    for name, members in by_desk.items():
        circle = circle_from(name, {each.id: each.escalates_to for each in found.values()})
        if circle:
            members[0].at.bad(f"escalation goes round in a circle: {circle}; one of them must escalate to nobody")
    return found


def _check(
    row: Row,
    posts: Sequence[Row],
    departments: Mapping[str, Department],
    regions: Mapping[str, Region],
    desks: Collection[str],
) -> None:
    problems = row.at.problems
    problems.among(row.at, row["department"], departments, "department")
    if row["escalates_to"]:
        problems.among(row.at, row["escalates_to"], desks, "desk")
    if row["kind"] in (DeskKind.MISSION, DeskKind.REGIONAL):
        problems.among(row.at, row["region"], regions, "region")
    if row["kind"] == DeskKind.MISSION:
        problems.among(row.at, row["country"], countries(), "country")
        region = regions.get(row["region"])
        if region and row["country"] not in region.countries:
            row.at.bad(f"{row['country']} is not in region {row['region']}; allowed: {listed(region.countries)}")
    if [each["id"] for each in posts].count(row.needed("id")) > 1:
        row.at.bad(f"post {row['id']} stands here twice; once is allowed")
    if row["backup"]:
        allowed = [each["id"] for each in posts if each["desk"] == row["desk"] and each["post"] == PostKind.BACKUP]
        problems.among(row.at, row["backup"], allowed, "backup of this desk")


def _desk(members: Sequence[Row], known: Tongues, holidays: Mapping[str, frozenset[date]]) -> Desk:
    first = members[0]
    built = [replace(_post(row, known), holidays=holidays.get(row["id"], frozenset())) for row in members]
    mains = [post for post in built if post.kind is PostKind.MAIN]
    if len(mains) != 1:
        first.at.bad(f"desk {first['desk']} has {len(mains)} main posts; one is needed")
    for row in members[1:]:
        for key in _SHARED:
            if row[key] != first[key]:
                row.at.bad(f"{key} is {row[key] or 'empty'} here and {first[key] or 'empty'} above; one desk has one")
    kind = chosen(first.at, first["kind"], DeskKind, DeskKind.HQ, "kind")
    return Desk(
        id=first["desk"],
        kind=kind,
        department=first["department"],
        region=first["region"],
        country=first["country"] if kind is DeskKind.MISSION else "",
        posts=(*mains, *(post for post in built if post.kind is not PostKind.MAIN)),
        escalates_to=first["escalates_to"],
    )


def _post(row: Row, known: Tongues) -> Post:
    kind = chosen(row.at, row["post"], PostKind, PostKind.BACKUP, "post")
    opens, closes = _hours(row.at, row["hours"])
    days = working_days(row.at, row["working_days"])
    if kind is PostKind.DUTY and (row["hours"] != "00:00-24:00" or len(days) < 7):
        row.at.bad("a duty post is there at every hour; needed: MO-SU, 00:00-24:00")
    if kind is not PostKind.MAIN and row["backup"]:
        row.at.bad("only a main post has a backup; leave it empty")
    return Post(
        id=row["id"],
        desk=row["desk"],
        kind=kind,
        role={language: row.needed(f"role_{language}") for language in known.spoken},
        languages=row.words("languages"),
        timezone=zone(row.at, row["timezone"]),
        working_days=days,
        opens=opens,
        closes=closes,
        backup=row["backup"],
    )


def _hours(at: Place, text: str) -> tuple[time, time]:
    match = _HOURS.fullmatch(text)
    if match is None:
        at.bad(f"hours {text!r} cannot be read; needed: HH:MM-HH:MM such as 08:30-17:30, at most 24:00")
        return time(), time.max
    opens = time(int(match[1]), int(match[2]))
    closes = time(int(match[3]), int(match[4])) if match[3] else time.max
    if opens >= closes:
        at.bad(f"hours {text} end before they begin; needed: the earlier time first")
    return opens, closes


def working_days(at: Place, text: str) -> frozenset[int]:
    """ISO weekdays of "MO-FR", "SU-TH" (over the week's end) or "MO WE FR"."""
    found: set[int] = set()
    for part in text.split():
        first, _, last = part.partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            at.bad(f"working days {text!r} cannot be read; allowed: {' '.join(_DAYS)}, a range such as MO-FR")
            return frozenset({1, 2, 3, 4, 5})
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        found |= {day % 7 + 1 for day in range(begin, end + 1 if end >= begin else end + 8)}
    if not found:
        at.bad("no working days; at least one is needed, such as MO-FR")
    return frozenset(found)


def check_confidential(desks: Mapping[str, Desk], rows: Sequence[Row], confidential: str, problems: Problems) -> None:
    """The confidential desk is of its own kind, never escalates, is never escalated to, and has a backup."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row["desk"], row)
    for desk in desks.values():
        at = first[desk.id].at
        if (desk.kind is DeskKind.CONFIDENTIAL) != (desk.id == confidential):
            at.bad(f"desk {desk.id} is of kind {desk.kind}; {confidential} alone is confidential (office.yaml)")
        if desk.escalates_to == confidential:
            at.bad(f"desk {desk.id} escalates to the confidential desk; no desk may")
        if desk.id == confidential and desk.escalates_to:
            at.bad("the confidential desk escalates to nobody; leave escalates_to empty")
        if desk.id == confidential and not any(post.backup for post in desk.posts):
            at.bad("the confidential desk needs a backup post")
    if not problems.lines and confidential not in desks:
        problems.add("office.yaml", 1, f"no posts at {confidential} in {FILE}; it needs a main post and a backup")
