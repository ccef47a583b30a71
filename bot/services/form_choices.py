"""What can be chosen for the fields of a form, as things stand."""

from collections.abc import Callable, Mapping, Sequence

from bot.core.canned import wording
from bot.core.message import Fields
from bot.core.turn import Immediate
from bot.core.verbs import VERBS, Choice, FieldKind, VerbField
from bot.services import presence, priority, ready_answers, similar_chat
from bot.services.acts import Act
from storage import canned, people


def of_form(act: Act) -> Mapping[str, tuple[Choice, ...]]:
    """Field name -> its choices, for every field of the verb that has any."""
    found = {asked.name: of_field(act, asked) for asked in VERBS[act.verb].fields}
    return {name: choices for name, choices in found.items() if choices}


def of_field(act: Act, asked: VerbField) -> tuple[Choice, ...]:
    """Empty for what is written freely."""
    return OF_KIND.get(asked.kind, _none)(act, asked)


def _none(_act: Act, _asked: VerbField) -> tuple[Choice, ...]:
    return ()


def _listed(_act: Act, asked: VerbField) -> tuple[Choice, ...]:
    return tuple(Choice(each, f"choices.{asked.name}_{each}") for each in asked.choices)


def _desks(act: Act, asked: VerbField) -> tuple[Choice, ...]:
    """Every desk where it could be, or that it can be about; the confidential one is in no list."""
    hidden = {act.setup.world.office.confidential_desk}
    if asked.name == "desk":
        hidden |= {act.query.desk, act.query.complaint_about}
    return tuple(Choice(desk, "buttons.desk", {"desk": desk}) for desk in act.setup.world.desks if desk not in hidden)


def _colleagues(act: Act, asked: VerbField) -> tuple[Choice, ...]:
    """Those of staff who are there and share a desk with whoever asks; to answer for a query, also oneself."""
    there = presence.look(act.tx, act.setup.world, act.now)
    found = {**there.colleagues_of(act.person), **({act.person: act.query.desk} if asked.name == "owner" else {})}
    return tuple(_named(act, person, desk) for person, desk in found.items())


def _named(act: Act, person: int, desk: str) -> Choice:
    if person == act.person:
        return Choice(str(person), "buttons.myself")
    known = people.get(act.tx, person)
    fields: Fields = {"name": known.name if known else "", "desk": desk, "number": person}
    return Choice(str(person), "buttons.member_of_staff", fields)


def in_words(act: Act, asked: VerbField) -> Sequence[Immediate]:
    """What one person should see before they choose, and nobody else."""
    return similar_chat.in_words(act) if asked.kind is FieldKind.QUERIES else ()


def languages(act: Act) -> tuple[str, ...]:
    """Further languages for which the verb's words may be written."""
    return similar_chat.languages(act)


def _similar(act: Act, _asked: VerbField) -> tuple[Choice, ...]:
    return similar_chat.choices(act)


def _ready_answers(act: Act, _asked: VerbField) -> tuple[Choice, ...]:
    """Each by its name, with the language where it is not the CSO's."""
    default, wanted = act.setup.world.office.default_language, act.query.language
    offered = canned.offered(act.tx, act.query.desk, act.query.topic, ready_answers.MOST)
    found = ((each, wording(each, wanted, default)) for each in offered)
    named = ((each.id, each.name, words.language if words.fell_back else "") for each, words in found)
    return tuple(
        Choice(str(number), "buttons.ready_answer", {"name": name, "language": language})
        for number, name, language in named
    )


def _classes(act: Act, _asked: VerbField) -> tuple[Choice, ...]:
    """Those of the office that staff may give, but the one it has."""
    open_ = (each for each in priority.classes(act.setup.world) if each != act.query.policy)
    return tuple(Choice(each, "buttons.policy", {"policy": each}) for each in open_)


OF_KIND: dict[FieldKind, Callable[[Act, VerbField], tuple[Choice, ...]]] = {
    FieldKind.ANSWER: _ready_answers,
    FieldKind.CHOICE: _listed,
    FieldKind.DESK: _desks,
    FieldKind.PERSON: _colleagues,
    FieldKind.QUERIES: _similar,
    FieldKind.POLICY: _classes,
}
