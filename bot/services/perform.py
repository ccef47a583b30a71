"""Effects become rows: each kind in the one place that matches it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.core import sla
from bot.core.message import Event, Fields, Message
from bot.core.person import Connection, InviteKind, Person, Role, StaffRole
from bot.core.query import Query
from bot.core.turn import (
    AddToQuery,
    ClaimOrganisation,
    CloseQuery,
    Effect,
    ErasePerson,
    EraseSealed,
    FormNeeded,
    Immediate,
    OpenForm,
    OpenQuery,
    PassSealed,
    RateQuery,
    Redeem,
    ReopenQuery,
    RouteQuery,
    Say,
    SaySealed,
    Seal,
    SendData,
    SetCountry,
    SetInvitations,
    SetLanguage,
    SetSafeContact,
    SetStopped,
    SetTimer,
    ShareRating,
    ToldConsent,
)
from bot.services import confidential, data, queries
from bot.services.setup import Setup
from bot.services.told import Told, keyboard, language_of, query_fields, tell
from storage import invites, keyboards, organisations, people, timers
from storage import queries as query_rows
from storage import sealed as sealed_rows
from storage.database import Transaction
from storage.keyboards import Keyboard
from storage.timers import Timer


@dataclass(slots=True)
class Acting:
    """One event being performed. `person` and `part` change on the way; everything else is given."""

    tx: Transaction
    setup: Setup
    event: Event
    #: "account:event id".
    key: str
    person: Person
    now: datetime
    language: str
    part: int = 0
    immediates: list[Immediate] = field(default_factory=list)

    @property
    def told(self) -> Told:
        """The person, where this event came from."""
        person = self.person
        confirmed = person.connection is Connection.CONFIRMED and person.organisation
        organisation = organisations.get(self.tx, person.organisation) if confirmed else None
        zone = sla.zone_of(self.setup.world, person.country, organisation.timezone if organisation else "")
        language = language_of(self.setup, person)
        return Told(address=self.event.address.whole_chat(), person=person.id, language=language, zone=zone)

    def change(self, **values: Any) -> None:
        self.person = people.save(self.tx, replace(self.person, **values))

    def source_of(self, message: str) -> str:
        return f"{self.event.address.account}:{self.event.address.chat}:{message}" if message else ""

    def notice(self, template: str, fields: Fields | None = None) -> Message:
        """Something for the one who acted, to be shown at once."""
        return Message(template, fields or {}, (), self.told.language, self.told.zone)


def apologise(acting: Acting) -> None:
    """One sentence with the way outside the app."""
    _tell(acting, acting.told, "errors.ours", {"mailbox": acting.setup.world.office.mailbox})


def perform(acting: Acting, effect: Effect) -> None:
    """Do what the effect says, within the event's transaction."""
    HANDLERS[type(effect)](acting, effect)


def say(acting: Acting, effect: Say) -> None:
    told = acting.told
    query = query_rows.opened_by(acting.tx, effect.about) if effect.about else None
    fields: Fields = {**(query_fields(query) if query else {}), **effect.fields}
    number = query.id if query else 0
    buttons = keyboard(acting.tx, acting.setup, told, effect.options, effect.prompt, acting.now, number)
    _tell(acting, told, effect.template, fields, buttons, number)


def _tell(acting: Acting, told: Told, template: str, fields: Fields, buttons: Any = (), query: int = 0) -> None:
    source = f"event:{acting.key}"
    tell(acting.tx, told, source, acting.part, template, fields, acting.now, buttons=buttons, query=query)
    acting.part += 1


def open_query(acting: Acting, effect: OpenQuery) -> None:
    new = Query(
        id=0,
        opened_by=acting.key,
        person=acting.person.id,
        organisation=acting.person.organisation,
        country=effect.country or acting.person.country,
        language=acting.language,
        account=acting.event.address.account,
        asked_at=acting.now,
    )
    queries.open_query(acting.tx, effect, new, acting.source_of(effect.message))


def route(acting: Acting, effect: RouteQuery) -> None:
    queries.route(acting.tx, acting.setup, effect, acting.now)


def add(acting: Acting, effect: AddToQuery) -> None:
    source = acting.source_of(effect.message)
    queries.add(acting.tx, acting.setup, effect, acting.person.id, source, acting.now)


def close(acting: Acting, effect: CloseQuery) -> None:
    queries.close_by_person(acting.tx, acting.setup, effect.about, acting.now)


def reopen(acting: Acting, effect: ReopenQuery) -> None:
    queries.reopen(acting.tx, acting.setup, effect.about, acting.now)


def rate(acting: Acting, effect: RateQuery) -> None:
    queries.rate(acting.tx, effect.about, effect.stars)


def share_rating(acting: Acting, effect: ShareRating) -> None:
    queries.share_rating(acting.tx, acting.setup, effect.about, effect.shared, acting.now)


def set_language(acting: Acting, effect: SetLanguage) -> None:
    acting.change(language=effect.language)


def set_country(acting: Acting, effect: SetCountry) -> None:
    acting.change(country=effect.country)


def claim_organisation(acting: Acting, effect: ClaimOrganisation) -> None:
    claimed = {"organisation": effect.organisation, "claimed_name": effect.name}
    acting.change(**claimed, connection=Connection.CLAIMED)
    data.renew_cards(acting.tx, acting.setup, acting.person.id, acting.now)


def set_invitations(acting: Acting, effect: SetInvitations) -> None:
    acting.change(invitations=effect.invitations)


def set_stopped(acting: Acting, effect: SetStopped) -> None:
    acting.change(stopped=effect.stopped)


def told_consent(acting: Acting, effect: ToldConsent) -> None:
    acting.change(told_version=effect.version, told_at=acting.now)


def redeem(acting: Acting, effect: Redeem) -> None:
    """The code is used up by the first; the second is told that it is not valid by the step, which finds none."""
    if not invites.use_up(acting.tx, effect.code, acting.person.id, acting.now):
        return
    invite = effect.invite
    if invite.kind is InviteKind.STAFF:
        role = StaffRole(person=acting.person.id, role=Role(invite.role), desk=invite.desk)
        people.add_role(acting.tx, role)
        data.audit(acting.tx, acting.person.id, "linked", f"{invite.role}:{invite.desk}", acting.now)
    elif invite.kind is InviteKind.ORGANISATION:
        organisation = organisations.get(acting.tx, invite.organisation)
        known = {"organisation": invite.organisation, "connection": Connection.CONFIRMED, "claimed_name": ""}
        acting.change(**known, country=organisation.country if organisation else acting.person.country)


def seal(acting: Acting, effect: Seal) -> None:
    conversation = acting.event.address.whole_chat().key
    confidential.seal(acting.tx, acting.setup, effect, conversation, acting.now)


def pass_sealed(acting: Acting, effect: PassSealed) -> None:
    origin = confidential.Origin(account=acting.event.address.account, chat=acting.event.address.chat)
    confidential.pass_on(acting.tx, acting.setup, effect, origin, acting.person, acting.now)


def set_safe_contact(acting: Acting, effect: SetSafeContact) -> None:
    confidential.set_contact(acting.tx, acting.setup, effect, acting.event.address, acting.now)


def erase_sealed(acting: Acting, effect: EraseSealed) -> None:
    confidential.erase(acting.tx, acting.setup, effect.key)


def say_sealed(acting: Acting, effect: SaySealed) -> None:
    told = acting.told
    matter = sealed_rows.find(acting.tx, effect.key)
    office = acting.setup.world.office
    fields: Fields = {
        "reference": matter.reference if matter and matter.number else "",
        "due": matter.due_at.isoformat() if matter and matter.due_at else "",
        "signpost": office.signpost,
        "signpost_languages": office.signpost_languages,
        **effect.fields,
    }
    buttons = keyboard(acting.tx, acting.setup, told, effect.options, effect.prompt, acting.now)
    _tell(acting, told, effect.template, fields, buttons)


def set_timer(acting: Acting, effect: SetTimer) -> None:
    due = acting.now + timedelta(minutes=effect.minutes)
    address = acting.event.address
    conversation = address.whole_chat().key
    timer = Timer(account=address.account, conversation=conversation, what=effect.what, about=effect.about, due=due)
    timers.add(acting.tx, timer)


def send_data(acting: Acting, effect: SendData) -> None:
    kept = json.dumps(data.kept_about(acting.tx, acting.person), ensure_ascii=False, indent=2)
    file = acting.setup.files.add(kept.encode(), "my-data.json", "application/json")
    source = f"event:{acting.key}"
    tell(acting.tx, acting.told, source, acting.part, "conversation.my_data", {}, acting.now, file=file)
    acting.part += 1


def erase_person(acting: Acting, effect: ErasePerson) -> None:
    data.erase(acting.tx, acting.setup, acting.person, acting.now)


def open_form(acting: Acting, effect: OpenForm) -> None:
    token = acting.setup.new_token()
    address = acting.event.address
    board = Keyboard(
        token=token,
        account=address.account,
        chat=address.chat,
        person=acting.person.id,
        choices=(effect.verb,),
        at=acting.now,
    )
    keyboards.add(acting.tx, board)
    acting.immediates.append(FormNeeded(token, effect.verb, acting.told.language))


HANDLERS: dict[type, Callable[[Acting, Any], None]] = {
    Say: say,
    OpenQuery: open_query,
    RouteQuery: route,
    AddToQuery: add,
    CloseQuery: close,
    ReopenQuery: reopen,
    RateQuery: rate,
    ShareRating: share_rating,
    SetLanguage: set_language,
    SetCountry: set_country,
    ClaimOrganisation: claim_organisation,
    SetInvitations: set_invitations,
    SetStopped: set_stopped,
    ToldConsent: told_consent,
    Redeem: redeem,
    Seal: seal,
    PassSealed: pass_sealed,
    SetSafeContact: set_safe_contact,
    EraseSealed: erase_sealed,
    SaySealed: say_sealed,
    SetTimer: set_timer,
    SendData: send_data,
    ErasePerson: erase_person,
    OpenForm: open_form,
}
