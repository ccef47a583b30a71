"""What a step of the conversation sees, gathered in its transaction: the usual always, the rest where it is needed."""

from collections.abc import Iterable

from bot.core.behalf import Behalf
from bot.core.colleague import Linked, Team
from bot.core.conversation.scene import FOLLOW_UP, Code, Scene, StandIn
from bot.core.conversation.state import OF_THE_TEAM, ON_BEHALF, Ask, Chosen, Prompt, State
from bot.core.conversation.step import Heard
from bot.core.conversation.words import command, excerpt, number
from bot.core.likeness import alike
from bot.core.message import Happened, Said
from bot.core.organisation import Organisation
from bot.core.person import Connection
from bot.core.query import Query
from bot.core.routing.reading import Reading
from bot.services import on_behalf, perform_connect, presence, standing
from bot.services.acting import Acting
from storage import colleagues, desks, invites, organisations, people, queries

#: What a query's first words are shown with, when the person is asked which query they mean.
EXCERPT = 32
#: Words with a slash that concern the person's organisation.
OF_TEAM = {"colleagues", "leave", "status", "query"}


def scene_of(acting: Acting, state: State, heard: Heard, reading: Reading) -> Scene:
    """One event and everything known around it."""
    tx, setup, person = acting.tx, acting.setup, acting.person
    theirs = queries.of_person(tx, person.id, acting.now - FOLLOW_UP)
    goes_on_in = {each.opened_by: queries.surviving(tx, each) for each in theirs if each.merged_into}
    own = _standing(theirs, goes_on_in.values())
    words = queries.first_words(tx, [query.id for query in own])
    said = heard if isinstance(heard, Said) else None
    word, rest = (command(said.text) if said else None) or ("", "")
    prompt = state.prompt(heard.prompt) if isinstance(heard, Chosen) else state.latest
    asked = prompt.ask if prompt else None
    named = organisations.get(tx, person.organisation) if person.organisation else None
    organisation = named if person.connection is Connection.CONFIRMED else None
    account = acting.event.address.account
    known = standing.known_staff(tx, person.id, acting.event.sender.standing)
    choice = _choice(acting, heard, prompt)
    claimed = isinstance(heard, Happened) and heard.what == "claimed"
    of_team = word in OF_TEAM or asked in OF_THE_TEAM or claimed
    return Scene(
        world=setup.world,
        now=acting.now,
        key=acting.key,
        person=person,
        reading=reading,
        queries=own,
        goes_on_in={opened_by: kept.opened_by for opened_by, kept in goes_on_in.items()},
        excerpts={query: excerpt(text, EXCERPT) for query, text in words.items()},
        message=said.message if said else "",
        answered=_answered(acting, said),
        organisation=organisation,
        named=named,
        matches=_matches(acting, asked, said),
        staff=known.staff,
        barred=known.barred,
        barred_since=known.barred_since,
        standing=acting.event.sender.standing,
        code=_code(acting, rest if word == "start" else "", prompt),
        team=_team(acting, organisation) if of_team and organisation else None,
        stand_ins=_stand_ins(acting) if word == "away" else (),
        zone=acting.told.zone,
        linked=_linked(acting) if word == "link" or asked is Ask.UNLINK else (),
        choice=choice,
        has_colleagues=choice is not None and bool(colleagues.to_tell(tx, choice.id, 0, 1)),
        platform=setup.kinds.get(account, ""),
        platforms=frozenset(setup.kinds.values()),
        behalf=_behalf(acting, word, rest, prompt, heard) if known.staff else {},
        has_forms=setup.has_forms(account) and bool(said and said.trigger),
    )


def _standing(asked: Iterable[Query], kept: Iterable[Query]) -> tuple[Query, ...]:
    """Each query once, in order; instead of one that goes on in another, that other one."""
    found = {query.id: query for query in (*asked, *kept) if not query.merged_into}
    return tuple(found[number] for number in sorted(found))


def _answered(acting: Acting, said: Said | None) -> Query | None:
    """The query of the message that this one answers or edits."""
    if said is None:
        return None
    if said.edited:
        return queries.by_source(acting.tx, acting.source_of(said.message))
    number_of = desks.query_of_message(acting.tx, acting.event.address.whole_chat(), said.reply_to)
    query = queries.get(acting.tx, number_of) if said.reply_to and number_of else None
    return queries.surviving(acting.tx, query) if query and query.person == acting.person.id else None


def _matches(acting: Acting, asked: Ask | None, said: Said | None) -> tuple[Organisation, ...]:
    if said is None or asked is not Ask.ORGANISATION or number(said.text):
        return ()
    return alike(said.text, organisations.listed(acting.tx))


def _choice(acting: Acting, heard: Heard, prompt: Prompt | None) -> Organisation | None:
    """The organisation that is chosen of those offered, by its button or its number."""
    if prompt is None or prompt.ask is not Ask.ORGANISATION_MATCH:
        return None
    if isinstance(heard, Chosen):
        return organisations.get(acting.tx, heard.value)
    typed = number(heard.text) if isinstance(heard, Said) else 0
    return organisations.get(acting.tx, prompt.options[typed - 1]) if 0 < typed <= len(prompt.options) else None


def _code(acting: Acting, written: str, prompt: Prompt | None) -> Code | None:
    """The code that was sent, or the one about which something is being asked."""
    asked = prompt.about if prompt and prompt.ask is Ask.SWITCH else ""
    key = invites.digest(written) if written else asked
    invite = invites.held_by(acting.tx, key, acting.now) if key else None
    if invite is None:
        return None
    organisation = organisations.get(acting.tx, invite.organisation) if invite.organisation else None
    if invite.organisation and not (organisation and organisation.open):
        return None
    person = people.get(acting.tx, invite.person) if invite.person else None
    of_staff = person is not None and bool(people.roles(acting.tx, person.id))
    return Code(key=key, invite=invite, person=person, of_staff=of_staff, organisation=organisation)


def _team(acting: Acting, organisation: Organisation) -> Team | None:
    if not organisation.open:
        return None
    return Team(
        organisation=organisation,
        people=colleagues.of_organisation(acting.tx, organisation.id),
        queries=colleagues.open_queries(acting.tx, organisation.id),
    )


def _stand_ins(acting: Acting) -> tuple[StandIn, ...]:
    """Everybody else of staff who may act at a desk where this person may, those who are there now."""
    there = presence.look(acting.tx, acting.setup.world, acting.now)
    found = there.colleagues_of(acting.person.id)
    names = {each: known.name for each in found if (known := people.get(acting.tx, each))}
    return tuple(StandIn(each, names.get(each, ""), desk) for each, desk in found.items())


def _linked(acting: Acting) -> tuple[Linked, ...]:
    here, kinds = acting.event, acting.setup.kinds
    found = people.identities_of(acting.tx, acting.person.id)
    return tuple(
        Linked(
            account=account,
            user=user,
            kind=kinds.get(account, ""),
            here=(account, user) == (here.address.account, here.sender.user or here.address.chat),
        )
        for account, user in found
    )


def _behalf(acting: Acting, word: str, rest: str, prompt: Prompt | None, heard: Heard) -> dict[str, Behalf]:
    """The organisations that staff name, that were offered, or that a question is being entered for."""
    asked = prompt.ask if prompt else None
    if word == "on_behalf":
        known = perform_connect.found(acting.tx, rest)
    elif asked is Ask.BEHALF_WHICH and isinstance(heard, Said):
        known = perform_connect.found(acting.tx, heard.text)
    elif prompt and asked in ON_BEHALF:
        ids = prompt.options if asked is Ask.BEHALF_ORGANISATION else prompt.about.split()[:1]
        known = tuple(each for key in ids if (each := organisations.get(acting.tx, key)))
    else:
        known = ()
    return {each.id: Behalf(name=each.name, addressees=on_behalf.addressees(acting.tx, each)) for each in known}
