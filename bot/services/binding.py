"""A chat becomes a desk: by a one-time code, posted by a known member of staff who runs the chat."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.delivery import NewDelivery, Priority
from bot.core.errors import NotAllowed
from bot.core.message import Event, Message, Said
from bot.core.person import BoundDesk, DeskStyle, InviteKind, Person, Role, Staff
from bot.core.turn import Immediate
from bot.core.world import World
from bot.services import cards, data
from bot.services.queries import post_whole
from bot.services.setup import Setup
from storage import deliveries, desks, invites, queries
from storage.database import Transaction


class NotTheirChat(NotAllowed):
    """Telegram: an administrator of the group; Slack: somebody with csobot's role admin."""

    template = "errors.bind_not_allowed"


class BadCode(NotAllowed):
    """Unknown, used or expired: nobody learns which."""

    template = "errors.bad_desk_code"


def bind(
    tx: Transaction, setup: Setup, event: Event, person: Person | None, staff: Staff | None, code: str, now: datetime
) -> Sequence[Immediate]:
    """Make this chat the desk that the code is for; raises `NotTheirChat` or `BadCode`."""
    address = event.address
    slack = setup.kinds.get(address.account) == "slack"
    may = staff is not None and (staff.has(Role.ADMIN) if slack else event.sender.administers)
    if person is None or staff is None or not may:
        raise NotTheirChat
    invite = invites.find(tx, code, now)
    if invite is None or invite.kind is not InviteKind.DESK:
        raise BadCode
    if slack and not _administers(staff, invite.desk, setup.world):
        raise NotTheirChat
    if not invites.use_up(tx, code, person.id, now):
        raise BadCode
    style = DeskStyle.THREAD if slack else _telegram_style(event)
    desks.bind(tx, BoundDesk(desk=invite.desk, address=address.whole_chat(), style=style), person.id, now)
    deliveries.mark_reachable(tx, address.account, address.chat)
    data.audit(tx, person.id, "bound", f"{invite.desk}:{address.whole_chat().key}", now)
    _greet(tx, setup, event, invite.desk, now)
    _bring_over(tx, setup, invite.desk, now)
    post_waiting(tx, setup, invite.desk, now)
    return ()


def _administers(staff: Staff, desk: str, world: World) -> bool:
    """An administrator of everything, or of what the desk belongs to."""
    admins = (role for role in staff.roles if role.role is Role.ADMIN)
    return any(not role.limited or role.covers(desk, world) for role in admins)


def _telegram_style(event: Event) -> DeskStyle:
    forum = isinstance(event.content, Said) and event.content.in_forum
    return DeskStyle.TOPIC if forum else DeskStyle.REPLIES


def _greet(tx: Transaction, setup: Setup, event: Event, desk: str, now: datetime) -> None:
    language, zone = cards.desk_reader(setup.world, desk)
    message = Message("desk.bound", {"desk": desk}, (), language, zone)
    source = f"event:{event.address.account}:{event.id}"
    new = NewDelivery(source=source, to=event.address, message=message, priority=Priority.STAFF, due=now)
    deliveries.add(tx, new)


def _bring_over(tx: Transaction, setup: Setup, desk: str, now: datetime) -> None:
    """Open queries of the desk that are shown elsewhere come along: nobody looks at the old chat any more."""
    here = desks.bound(tx, desk)
    for query in queries.open_at(tx, desk):
        place = desks.current(tx, query.id)
        if here and place and place.address.whole_chat() != here.address:
            cards.retire_card(tx, setup, query, desk, now)
            post_whole(tx, setup, query, now)


def post_waiting(tx: Transaction, setup: Setup, desk: str, now: datetime) -> None:
    """Queries that came while neither the desk nor one above it had a chat."""
    for query in queries.without_thread(tx):
        if cards.nearest(tx, setup.world, query.desk) == desks.bound(tx, desk):
            post_whole(tx, setup, query, now)
