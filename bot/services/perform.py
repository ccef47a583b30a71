"""Effects become rows: each kind in the one place that matches it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.core.message import Fields
from bot.core.query import Query
from bot.core.turn import (
    AddToQuery,
    CloseQuery,
    Effect,
    ErasePerson,
    EraseSealed,
    FormNeeded,
    OpenForm,
    OpenQuery,
    PassSealed,
    RateQuery,
    ReopenQuery,
    RouteQuery,
    Say,
    SaySealed,
    Seal,
    SendData,
    SetCountry,
    SetLanguage,
    SetSafeContact,
    SetTimer,
    ShareRating,
)
from bot.services import (
    confidential,
    data,
    my_data,
    perform_connect,
    perform_console,
    perform_desk,
    perform_partners,
    queries,
    quoting,
)
from bot.services.acting import Acting, say, tell_acting
from bot.services.told import keyboard
from storage import keyboards, timers
from storage import sealed as sealed_rows
from storage.keyboards import Keyboard
from storage.timers import Timer


def apologise(acting: Acting) -> None:
    """One sentence with the way outside the app."""
    tell_acting(acting, acting.told, "errors.ours", {"mailbox": acting.setup.world.office.mailbox})


def perform(acting: Acting, effect: Effect) -> None:
    """Do what the effect says, within the event's transaction."""
    HANDLERS[type(effect)](acting, effect)


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
    queries.reopen_by_person(acting.tx, acting.setup, effect.about, acting.now)


def rate(acting: Acting, effect: RateQuery) -> None:
    queries.rate(acting.tx, effect.about, effect.stars)


def share_rating(acting: Acting, effect: ShareRating) -> None:
    queries.share_rating(acting.tx, acting.setup, effect.about, effect.shared, acting.now)


def set_language(acting: Acting, effect: SetLanguage) -> None:
    acting.change(language=effect.language)


def set_country(acting: Acting, effect: SetCountry) -> None:
    acting.change(country=effect.country)


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
    tell_acting(acting, told, effect.template, fields, buttons)


def set_timer(acting: Acting, effect: SetTimer) -> None:
    due = acting.now + timedelta(minutes=effect.minutes)
    address = acting.event.address
    conversation = address.whole_chat().key
    timer = Timer(account=address.account, conversation=conversation, what=effect.what, about=effect.about, due=due)
    timers.add(acting.tx, timer)


def send_data(acting: Acting, effect: SendData) -> None:
    my_data.send(acting)


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
    **perform_console.HANDLERS,
    **perform_desk.HANDLERS,
    **perform_partners.HANDLERS,
    **perform_connect.HANDLERS,
    **quoting.HANDLERS,
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
