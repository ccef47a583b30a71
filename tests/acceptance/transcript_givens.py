"""What there is before a transcript begins. Each `# given:` line is one of these sentences:

profile language fr
the CSO works in KE
the CSO is confirmed for CSO-0043
the colleague amina is confirmed for CSO-0045: Amina Yusuf, field officer     (or "is waiting for")
the CSO also writes elsewhere                 (from the other platform, as "elsewhere"; nobody knows that yet)
focal points at mission-ke: liaison, backup
admin at mission-ke: chief                    (an administrator of the chat, with csobot's role admin)
digests for liaison: morning, evening
staff speak fr                                (in private; they are put in place before)
outsider in mission-ke: visitor               (reads there and is no staff)
guest in mission-ke: guest                    (a guest account linked as staff; on Telegram somebody else)
a chat without a desk, mission-ke: chief      (the chat that is to become the desk, and its administrator)
a group with the CSO and the bot
ready answer at mission-ke in en: "its name": "its words"
Q-0001 about cccm: "the question"             (at its desk; "about cccm at mission-ke": at that one)
Q-0002 from ines in es about cccm: "…"        (asked by a colleague who is in place, in that language)
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from adapters.simulator.slack_state import Guest
from adapters.simulator.telegram_state import GroupShape, Status
from adapters.simulator.telegram_state import Person as TelegramPerson
from bot.core.canned import CannedAnswer, CannedState
from bot.core.digest import DigestKind
from bot.core.person import Connection, Invitations, Person, Role
from bot.core.query import Query
from bot.core.routing.decision import Because
from bot.core.turn import OpenQuery, RouteQuery
from bot.services import queries
from storage import canned, clock, digests, organisations, people, working_times
from storage.database import Transaction
from tests.acceptance.transcript_script import CSO, Script
from tests.acceptance.transcript_stage import Stage

GROUP = "group"


async def set_scene(stage: Stage, script: Script) -> None:
    """Freeze the clock, put everybody in place and let the first posts be made; they are not part of the transcript."""
    await stage.freeze(script.now)
    givens = script.remarks("given")
    profile = next((words[-2:] for words in givens if words.startswith("profile language ")), script.language)
    stage.add_partner(CSO, stage.platforms.cso, profile)
    for given in givens:
        await _set(stage, given, script.language)
    await stage.at_rest()
    stage.eyes.look()


async def _set(stage: Stage, given: str, language: str) -> None:
    for pattern, work in SENTENCES:
        if found := re.fullmatch(pattern, given):
            await work(stage, language, *found.groups())
            return
    raise ValueError(f"nobody knows how to set up {given!r}")


async def _nothing(stage: Stage, language: str) -> None:
    """The CSO's profile is set before all else."""


async def _works_in(stage: Stage, language: str, country: str) -> None:
    _starts(stage)
    await stage.run(lambda tx: _wrote_before(stage, tx, language, country))


async def _confirmed(stage: Stage, language: str, organisation: str) -> None:
    def confirm(tx: Transaction) -> None:
        known = organisations.get(tx, organisation)
        assert known is not None, organisation
        person = _wrote_before(stage, tx, language, known.country)
        people.save(tx, replace(person, organisation=organisation, connection=Connection.CONFIRMED))

    _starts(stage)
    await stage.run(confirm)


async def _colleague(
    stage: Stage, language: str, name: str, state: str, organisation: str, called: str, position: str | None
) -> None:
    def connect(tx: Transaction) -> None:
        known = organisations.get(tx, organisation)
        assert known is not None, organisation
        person = _wrote_before(stage, tx, language, known.country, name)
        connection = Connection.CONFIRMED if state == "confirmed" else Connection.CLAIMED
        stated = replace(person, organisation=organisation, connection=connection, connection_at=clock.now(tx))
        people.save(tx, replace(stated, name=called, position=position or ""))

    stage.add_partner(name, stage.platforms.cso, language)
    _starts(stage, name)
    await stage.run(connect)


async def _elsewhere(stage: Stage, language: str) -> None:
    stage.add_partner("elsewhere", stage.platforms.other, language)
    _starts(stage, "elsewhere")


def _starts(stage: Stage, name: str = CSO) -> None:
    person = stage.people[name]
    if isinstance(person, TelegramPerson):
        person.started = True


def _wrote_before(stage: Stage, tx: Transaction, language: str, country: str, name: str = CSO) -> Person:
    """Known from an earlier conversation, in which everything was said and asked that is said and asked once."""
    person = stage.known(tx, name, language)
    version = stage.application.world.office.consent_version
    known = replace(person, country=country, told_version=version, told_at=clock.now(tx), invitations=Invitations.ALL)
    return people.save(tx, known)


async def _focal_points(stage: Stage, language: str, desk: str, names: str) -> None:
    stage.add_chat(desk)
    await stage.run(lambda tx: stage.bind(tx, desk))
    for name in names.split(", "):
        stage.add_person(name, desk)
        await _give(stage, name, Role.FOCAL_POINT, desk)


async def _give(stage: Stage, name: str, role: Role, desk: str) -> None:
    await stage.run(lambda tx: stage.give_role(tx, name, role, desk))


async def _admin(stage: Stage, language: str, desk: str, name: str) -> None:
    stage.add_person(name, desk, status=Status.ADMINISTRATOR)
    await _give(stage, name, Role.ADMIN, "")


async def _staff_speak(stage: Stage, language: str, spoken: str) -> None:
    """What they are told in private is in this language; said after they were put in place."""

    def speak(tx: Transaction) -> None:
        for name in stage.work_in:
            people.save(tx, replace(stage.known(tx, name), language=spoken))

    await stage.run(speak)


async def _digests(stage: Stage, language: str, name: str, kinds: str) -> None:
    """Somebody of staff gets these, and has had one: the next comes as their day begins."""

    def choose(tx: Transaction) -> None:
        person, now = stage.known(tx, name).id, clock.now(tx)
        wanted = replace(working_times.of(tx, person), morning="morning" in kinds, evening="evening" in kinds)
        working_times.save(tx, wanted)
        digests.claim(tx, person, DigestKind.MORNING, now.date(), now)

    await stage.run(choose)


async def _outsider(stage: Stage, language: str, desk: str, name: str) -> None:
    stage.add_person(name, desk)


async def _guest(stage: Stage, language: str, desk: str, name: str) -> None:
    stage.add_person(name, desk, Guest.SINGLE_CHANNEL)
    if stage.platforms.desk == "slack":
        await _give(stage, name, Role.FOCAL_POINT, desk)


async def _chat(stage: Stage, language: str, chat: str, name: str) -> None:
    stage.add_chat(chat)
    await _admin(stage, language, chat, name)


async def _group(stage: Stage, language: str) -> None:
    cso = stage.cso
    if isinstance(cso, TelegramPerson):
        group = stage.simulator.telegram.group(
            -1002000000900, "Partners", shape=GroupShape.SUPERGROUP, members=(cso,), bot=Status.MEMBER
        )
        stage.chats[GROUP] = stage.eyes.telegram[GROUP] = group
    else:
        channel = stage.simulator.slack.channel("C0GROUP", "partners", members=(cso,))
        stage.chats[GROUP] = stage.eyes.slack[GROUP] = channel


async def _query(stage: Stage, language: str, number: str, topic: str, desk: str | None, text: str) -> None:
    _starts(stage)
    await stage.run(lambda tx: _open(stage, tx, language, (int(number), topic, desk or "", text)))


async def _query_of(
    stage: Stage, _language: str, number: str, who: str, spoken: str, topic: str, desk: str | None, text: str
) -> None:
    def ask(tx: Transaction) -> None:
        people.save(tx, replace(stage.known(tx, who), language=spoken))
        _open(stage, tx, spoken, (int(number), topic, desk or "", text), who)

    await stage.run(ask)


def _open(stage: Stage, tx: Transaction, language: str, asked: tuple[int, str, str, str], who: str = CSO) -> None:
    number, topic, desk, text = asked
    now = clock.now(tx)
    person = stage.known(tx, who, language)
    key = f"{stage.account(who)}:given-{number}"
    new = Query(
        id=0,
        opened_by=key,
        person=person.id,
        organisation=person.organisation,
        country=person.country,
        language=language,
        account=stage.account(who),
        asked_at=now,
    )
    opened = queries.open_query(tx, OpenQuery(text, topics=((topic, 0.9),)), new, "")
    assert opened.id == number, f"the next question is {opened.reference}"
    because = Because.COUNTRY_AND_TOPIC if desk else None
    queries.route(tx, stage.application.setup, RouteQuery(key, topic, because, desk), now)


async def _ready_answer(stage: Stage, language: str, desk: str, spoken: str, name: str, text: str) -> None:
    """Offered at the desk, in one language."""

    def keep(tx: Transaction) -> None:
        at, state = clock.now(tx), CannedState.READY
        canned.add(tx, CannedAnswer(desk=desk, name=name, texts={spoken: text}, state=state, by=0, at=at))

    await stage.run(keep)


SENTENCES: tuple[tuple[str, Callable[..., Awaitable[None]]], ...] = (
    (r"profile language \w\w", _nothing),
    (r"the CSO works in (\w\w)", _works_in),
    (r"the CSO is confirmed for (\S+)", _confirmed),
    (r"the colleague (\S+) is (confirmed|waiting) for (\S+): ([^,]+)(?:, (.+))?", _colleague),
    (r"the CSO also writes elsewhere", _elsewhere),
    (r"focal points? at (\S+): (.+)", _focal_points),
    (r"admin at (\S+): (\S+)", _admin),
    (r"digests for (\S+): (.+)", _digests),
    (r"staff speak (\w\w)", _staff_speak),
    (r"outsider in (\S+): (\S+)", _outsider),
    (r"guest in (\S+): (\S+)", _guest),
    (r"a chat without a desk, (\S+): (\S+)", _chat),
    (r"a group with the CSO and the bot", _group),
    (r"Q-(\d+) from (\S+) in (\w\w) about (\S+?)(?: at (\S+))?: \"(.+)\"", _query_of),
    (r"ready answer at (\S+) in (\w\w): \"(.+?)\": \"(.+)\"", _ready_answer),
    (r"Q-(\d+) about (\S+?)(?: at (\S+))?: \"(.+)\"", _query),
)
