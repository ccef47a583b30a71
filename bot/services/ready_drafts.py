"""An answer that was given becomes the draft of a ready answer, without names; somebody finishes it and offers it."""

from collections.abc import Mapping, Sequence

from bot.core.discretion import NotToBeQuoted, may_quote
from bot.core.errors import NotAllowed
from bot.core.names import topic_title
from bot.core.permission import Viewer
from bot.core.query import Entry, EntryState, Query
from bot.core.ready_draft import General, Named, draft_name, general
from bot.core.turn import Immediate
from bot.services import canned, cards
from bot.services.acts import Act
from bot.services.canned import By, Draft
from storage import canned as canned_rows
from storage import organisations, people
from storage import queries as rows

_GIVEN = (EntryState.DONE, EntryState.PENDING)


class NothingToKeep(NotAllowed):
    """No answer was given that could be kept."""

    template = "errors.nothing_to_keep"


def keep(act: Act) -> Sequence[Immediate]:
    """A draft from what was sent; of what was answered together one draft with all its languages. Once only."""
    if not may_quote(act.query):
        raise NotToBeQuoted(reference=act.query.reference)
    for query in {act.query.id, *(line.query for line in _lines(act))}:
        for known in canned_rows.made_from(act.tx, query):
            return (act.notice("desk.kept_ready_before", {"name": known.name}),)
    language, _ = cards.desk_reader(act.setup.world, act.query.desk)
    about = topic_title(act.setup.world, act.query.topic, language)
    words = _general_words(act)
    draft = Draft(
        desk=act.query.desk,
        name=draft_name(about, act.now.date().isoformat()),
        topic=act.query.topic if act.query.topic in act.setup.world.topics else "",
        texts={each: text.text for each, text in words.items()},
        query=act.query.id,
    )
    viewer = Viewer(person=act.person, staff=act.staff, world=act.setup.world)
    made = canned.create(act.tx, act.setup, draft, By(viewer=viewer, now=act.now, via=act.via))
    taken = sorted({each.value for text in words.values() for each in text.taken})
    return (act.notice("desk.kept_ready", {"name": made.name, "taken": taken}),)


def _general_words(act: Act) -> Mapping[str, General]:
    """Language -> words for everybody."""
    given = [(line, rows.get(act.tx, line.query)) for line in _lines(act)]
    fit = [(line, query) for line, query in given if may_quote(query)]
    if not fit:
        raise NothingToKeep(reference=act.query.reference)
    found: dict[str, General] = {}
    for text in dict.fromkeys(line.text for line, _ in fit):
        askers = [query for line, query in fit if line.text == text]
        found.setdefault(_language(act, askers), general(text, _named(act, [query for _, query in fit])))
    return found


def _lines(act: Act) -> Sequence[Entry]:
    """What the button was on with all that was answered together, or the last answer."""
    line = rows.entry(act.tx, act.entry) if act.entry else rows.last_reply(act.tx, act.query.id)
    if line is None:
        return ()
    together = rows.from_source(act.tx, line.source) if line.source.startswith("together:") else (line,)
    return [each for each in together if each.state in _GIVEN and each.text.strip()]


def _language(act: Act, askers: Sequence[Query]) -> str:
    """Words that went to readers of several languages are in the one of the query that was answered first of all."""
    read = [query.language for query in askers]
    office = act.setup.world.office
    for wish in (act.query.language, office.default_language):
        if wish in read:
            return wish
    return min(read)


def _named(act: Act, queries: Sequence[Query]) -> Named:
    asked = [person for query in queries if (person := people.get(act.tx, query.person))]
    staff = people.get(act.tx, act.person)
    known = [
        found for person in asked if person.organisation and (found := organisations.get(act.tx, person.organisation))
    ]
    return Named(
        reference=act.query.reference,
        organisations=[*(each.name for each in known), *(each.claimed_name for each in asked)],
        people=[*(each.name for each in asked), staff.name if staff else ""],
    )
