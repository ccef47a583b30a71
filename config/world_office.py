"""The office itself, its regions and departments: office.yaml, regions.yaml, departments.yaml."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from babel import Locale, localedata

from bot.core.invitation import InvitationRules
from bot.core.organisation import Level
from bot.core.world import ClassRule, Department, Office, Policy, Region, Texts
from config import world_rhythm
from config.world_care import kept_months, limits, says_how_long
from config.world_files import Entry, Folder, Place, Problems, listed

#: Two-letter codes of CLDR that name no country.
_NO_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
_OWNERS = ("mission", "region", "hq")
#: From this percent of a promise on a silent holder gives the query back, where a policy says nothing else.
RETURN_SILENT_AT = 80


@dataclass(frozen=True, slots=True)
class Tongues:
    """Which languages texts must and may be in."""

    #: The bot speaks these: every name needs all of them.
    spoken: tuple[str, ...]
    #: Answers may be written in these.
    written: tuple[str, ...]


def languages() -> frozenset[str]:
    """The language codes of CLDR, whatever the office works in."""
    return frozenset(str(code) for code in Locale.parse("en").languages if "_" not in str(code))


def countries() -> frozenset[str]:
    """The country codes of CLDR: ISO 3166-1 alpha-2, and XK."""
    codes = map(str, Locale.parse("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - _NO_COUNTRIES


def zone(at: Place, name: str) -> str:
    """A time zone that this machine knows; UTC, and a problem, when it does not."""
    try:
        return ZoneInfo(name).key
    except (OSError, ValueError, KeyError):
        at.bad(f"unknown time zone {name!r}; allowed: names of the IANA list such as Africa/Nairobi")
        return "UTC"


def tongues(entry: Entry) -> Tongues:
    """The office's languages; each must be known and every spoken one may also be written."""
    for key in ("languages", "content_languages"):
        for code, at in entry.placed_words(key):
            if not localedata.exists(code):
                at.bad(f"unknown language {code!r}; allowed: codes such as en, fr, es, ar")
    spoken, written = entry.words("languages"), entry.words("content_languages")
    for code, at in entry.placed_words("languages"):
        if code not in written:
            at.bad(f"{code} is in languages but not in content_languages; add it there")
    return Tongues(spoken or ("en",), written or ("en",))


def office(entry: Entry, known: Tongues, desks: Collection[str], problems: Problems) -> Office:
    """What office.yaml says."""
    default = entry.text("default_language")
    problems.among(entry.place("default_language"), default, known.spoken, "default language")
    confidential, routing, consent = entry.entry("confidential"), entry.entry("routing"), entry.entry("consent")
    problems.among(confidential.place("desk"), confidential.text("desk"), desks, "desk")
    problems.among(routing.place("fallback"), routing.text("fallback"), desks, "desk")
    mailbox = entry.text("mailbox")
    if mailbox.count("@") != 1 or any(each.isspace() for each in mailbox):
        entry.place("mailbox").bad(f"{mailbox!r} is no e-mail address; one is needed")
    texts = consent.texts("text", known.spoken)
    retention = kept_months(entry.entry("retention_months"))
    says_how_long(consent, texts, retention)
    return Office(
        name=entry.texts("name", known.spoken),
        languages=known.spoken,
        default_language=default if default in known.spoken else known.spoken[0],
        content_languages=known.written,
        mailbox=mailbox,
        confidential_desk=confidential.text("desk"),
        signpost=confidential.text("signpost"),
        signpost_languages=confidential.words("signpost_languages"),
        help_contacts=_help_contacts(confidential, known),
        first_owner=_first_owner(routing),
        fallback_desk=routing.text("fallback"),
        consent_version=consent.text("version"),
        consent_text=texts,
        retention_months=retention,
        limits=limits(entry.entry("limits")),
        invitations=_invitations(entry),
        unlisted_types=frozenset(entry.words_or_none("unlisted_types")),
        free_mail_domains=frozenset(each.casefold() for each in entry.words_or_none("free_mail_domains")),
        quiet_hours=world_rhythm.quiet_hours(entry),
        digests=world_rhythm.digests(entry),
        follow_up=world_rhythm.follow_up(entry),
    )


#: Longest validity: a code that nobody used for so long is a stranger's by now.
_MOST_DAYS = 90
#: A code for another address lies on a screen: an hour at most.
_MOST_MINUTES = 60
#: More would be told of every stranger's word.
_MOST_TOLD = 20


def _invitations(top: Entry) -> InvitationRules:
    """Numbers the office leaves out are as the product has them."""
    if "invitations" not in top:
        return InvitationRules()
    entry = top.entry("invitations")
    rules = InvitationRules()
    names = InvitationRules.__dataclass_fields__
    for name in entry.names:
        entry.at.problems.among(entry.place(name), name, names, "number of invitations")
    given = {name: entry.whole(name) for name in names if name in entry}
    chosen = replace(rules, **given)
    if not 1 <= chosen.valid_days <= _MOST_DAYS:
        entry.place("valid_days").bad(f"valid_days is {chosen.valid_days}; allowed: 1 to {_MOST_DAYS}")
    if not 1 <= chosen.remind_after_days < chosen.valid_days:
        days = chosen.remind_after_days
        entry.place("remind_after_days").bad(f"remind_after_days is {days}; allowed: 1 up to a day below valid_days")
    for name, most in (("link_minutes", _MOST_MINUTES), ("claim_told_most", _MOST_TOLD)):
        number = getattr(chosen, name)
        if not 1 <= number <= most:
            entry.place(name).bad(f"{name} is {number}; allowed: 1 to {most}")
    return chosen


def _help_contacts(confidential: Entry, known: Tongues) -> Mapping[str, Texts]:
    if "help_contacts" not in confidential:
        return {}
    contacts = confidential.entry("help_contacts")
    for code in contacts.names:
        contacts.at.problems.among(contacts.place(code), code, countries(), "country")
    return {code: contacts.entry(code).some_texts(known.written, code) for code in contacts.names}


def _first_owner(routing: Entry) -> Mapping[Level, tuple[str, ...]]:
    owners = routing.entry("first_owner")
    levels = [level.value for level in Level]
    for key in owners.names:
        owners.at.problems.among(owners.place(key), key, levels, "level")
        for word, at in owners.placed_words(key):
            owners.at.problems.among(at, word, _OWNERS, "first owner")
    for level in levels:
        if level not in owners:
            owners.at.bad(f"first_owner has no level {level}; needed: {listed(levels)}")
    return {Level(key): owners.words(key) for key in owners.names if key in levels}


def regions(folder: Folder, known: Tongues, desks: Collection[str]) -> tuple[Mapping[str, Region], Mapping[str, str]]:
    """The regions by id, and the region of each country. A country belongs to one region at most."""
    found: dict[str, Region] = {}
    region_of: dict[str, str] = {}
    codes = countries()
    for entry in folder.yaml("regions.yaml").entries("regions"):
        name = entry.text("id")
        if name in found:
            entry.at.bad(f"region {name} stands here twice; once is allowed")
        for code, at in entry.placed_words("countries"):
            folder.problems.among(at, code, codes, "country")
            if code in region_of:
                at.bad(f"{code} is already in region {region_of[code]}; a country belongs to one region")
            region_of[code] = name
        folder.problems.among(entry.place("desk"), entry.text("desk"), desks, "desk")
        found[name] = Region(
            id=name,
            name=entry.texts("name", known.spoken),
            desk=entry.text("desk"),
            countries=frozenset(entry.words("countries")),
            timezone=zone(entry.place("timezone"), entry.text("timezone")),
        )
    return found, region_of


def policies(top: Entry) -> Mapping[str, Policy]:
    """The promises; whether somebody is there at every hour is `world_duty`'s business."""
    entry = top.entry("sla_policies")
    found = {}
    for name in entry.names:
        policy = entry.entry(name)
        calendar = policy.text("calendar")
        policy.at.problems.among(policy.place("calendar"), calendar, ("desk", "24x7"), "calendar")
        hours = policy.number("first_response_hours")
        if not hours:
            policy.at.bad(f"{name}: first_response_hours is missing; a number above 0 is needed")
        found[name] = Policy(
            id=name,
            around_the_clock=calendar == "24x7",
            first_response_hours=hours,
            remind_at_percent=_percents(policy),
            escalate_at_percent=_percent(policy, "escalate_at_pct"),
            return_silent_at_percent=_percent(policy, "return_silent_at_pct") or RETURN_SILENT_AT,
            next_update_hours=policy.number("next_update_hours"),
            resolution_days=policy.whole("resolution_working_days") if "resolution_working_days" in policy else 0,
            no_duty_desk=policy.text_or("no_duty_desk"),
        )
    return found


def _percent(policy: Entry, key: str) -> int | None:
    if key not in policy:
        return None
    percent = policy.whole(key)
    if not 0 < percent <= 100:
        policy.place(key).bad(f"{key} is {percent}; a number from 1 to 100 is needed, or null")
    return percent


def class_rules(
    top: Entry, policies: Collection[str], topics: Collection[str], settings: Collection[str]
) -> tuple[ClassRule, ...]:
    """The table that decides the class of a query; none: the department's policy always."""
    return tuple(_class_rule(entry, policies, topics, settings) for entry in top.entries_or_none("sla_rules"))


def _class_rule(
    entry: Entry, policies: Collection[str], topics: Collection[str], settings: Collection[str]
) -> ClassRule:
    allowed = {"topics": topics, "settings": settings, "levels": [level.value for level in Level]}
    for key, values in allowed.items():
        for word, at in entry.placed_words(key) if key in entry else ():
            entry.at.problems.among(at, word, values, key.removesuffix("s"))
    policy = entry.text("class")
    if policy != "department":
        entry.at.problems.among(entry.place("class"), policy, policies, "SLA policy")
    return ClassRule(
        policy="" if policy == "department" else policy,
        topics=frozenset(entry.words_or_none("topics")),
        settings=frozenset(entry.words_or_none("settings")),
        levels=frozenset(Level(word) for word in entry.words_or_none("levels") if word in allowed["levels"]),
    )


def settings(top: Entry, known: Collection[str]) -> Mapping[str, str]:
    """Country -> its engagement setting, for the countries that office.yaml names."""
    if "settings" not in top:
        return {}
    entry, found = top.entry("settings"), {}
    for setting in entry.names:
        entry.at.problems.among(entry.place(setting), setting, known, "setting")
        for country, at in entry.placed_words(setting):
            entry.at.problems.among(at, country, countries(), "country")
            found[country] = setting
    return found


def _percents(policy: Entry) -> tuple[int, ...]:
    if "remind_at_pct" not in policy:
        return ()
    percents = policy.wholes("remind_at_pct")
    if list(percents) != sorted(set(percents)) or not all(0 < each <= 100 for each in percents):
        policy.place("remind_at_pct").bad("remind_at_pct must be numbers from 1 to 100, each above the one before")
    return percents


def departments(
    top: Entry, known: Tongues, desks: Collection[str], policies: Collection[str]
) -> Mapping[str, Department]:
    """The departments by id."""
    problems = top.at.problems
    entries: dict[str, Entry] = {}
    for entry in top.entries("departments"):
        if entry.text("id") in entries:
            entry.at.bad(f"department {entry.text('id')} stands here twice; once is allowed")
        entries[entry.text("id")] = entry
    for entry in entries.values():
        problems.among(entry.place("desk"), entry.text("desk"), desks, "desk")
        problems.among(entry.place("sla"), entry.text("sla"), policies, "SLA policy")
        if "parent" in entry:
            problems.among(entry.place("parent"), entry.text("parent"), entries, "parent department")
    found = {name: _department(entry, known) for name, entry in entries.items()}
    for name, entry in entries.items():
        circle = circle_from(name, {each.id: each.parent for each in found.values()})
        if circle:
            entry.at.bad(f"parents go round in a circle: {circle}; one of them must have none")
    return found


def _department(entry: Entry, known: Tongues) -> Department:
    name = entry.texts("name", known.spoken)
    given = entry.entry("in_sentence").some_texts(known.spoken, "in_sentence") if "in_sentence" in entry else {}
    return Department(
        id=entry.text("id"),
        desk=entry.text("desk"),
        name=name,
        in_sentence={**name, **given},
        policy=entry.text("sla"),
        parent=entry.text_or("parent"),
        confidential=entry.flag("confidential"),
    )


def circle_from(start: str, upward: Mapping[str, str]) -> str:
    """The way from `start` upward back to `start`, "a > b > a"; empty when it ends somewhere else."""
    way, here = [start], upward.get(start, "")
    while here and here not in way:
        way.append(here)
        here = upward.get(here, "")
    return " > ".join([*way, here]) if here == start else ""
