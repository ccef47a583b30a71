"""Effects of staff in their private chat: inviting partners, entering questions for them.

A link is shown at once to the one who asked, and kept in no ledger.
"""

from collections.abc import Callable
from typing import Any

from bot.core.conversation.state import Chosen
from bot.core.errors import BotError, NotAllowed
from bot.core.invitation import Invitation, Invitee
from bot.core.likeness import alike, plain
from bot.core.message import Button, Fields, Message
from bot.core.organisation import Organisation
from bot.core.partner_turn import AddByMail, EnterQuery, InvitePartner
from bot.core.permission import Viewer
from bot.core.turn import Notice
from bot.services import invitations, on_behalf
from bot.services.acting import Acting, tell_acting
from bot.services.standing import known_staff
from bot.services.told import query_fields, tell
from storage import organisations
from storage.database import Transaction
from storage.directory_tables import organisations as organisation_rows

#: Beginning of the prompts whose buttons need no conversation: wherever they are pressed, they mean the same.
PROMPTS = "invite/"
WHICH, SHOWN = f"{PROMPTS}which", f"{PROMPTS}shown"
MOST = 5


def found(tx: Transaction, name: str) -> tuple[Organisation, ...]:
    """Open organisations that the words name: by id, by part of the name, else by likeness."""
    open_ = organisation_rows.c.status.in_(["proposed", "verified"])
    wanted = plain(name)
    if not wanted:
        return ()
    here = organisations.every(tx, open_, organisation_rows.c.search.contains(wanted, autoescape=True))
    exact = [each for each in here if wanted in {plain(each.id), plain(each.name), plain(each.acronym)}]
    if exact or here:
        return tuple((exact or here)[:MOST])
    return alike(name, organisations.every(tx, open_))


def viewer_of(acting: Acting) -> Viewer:
    """Who of staff acts; raises `NotAllowed` for anybody else."""
    staff = known_staff(acting.tx, acting.person.id, acting.event.sender.standing).staff
    if staff is None:
        raise NotAllowed
    return Viewer(person=acting.person.id, staff=staff, world=acting.setup.world)


def invite_partner(acting: Acting, effect: InvitePartner) -> None:
    kind = acting.setup.kinds.get(acting.event.address.account, "")
    matches = found(acting.tx, effect.name)
    if not effect.name:
        _show(acting, "connect.how_invite", {"kind": kind})
    elif not matches:
        _show(acting, "connect.not_found", {"name": effect.name[:120]})
    elif len(matches) == 1:
        _invite(acting, matches[0].id)
    else:
        token = acting.setup.new_token()
        acting.keep_buttons(token, WHICH, tuple(each.id for each in matches))
        named = enumerate(matches)
        buttons = tuple(Button("buttons.organisation", f"{token}.{n}", {"name": each.name}) for n, each in named)
        _show(acting, "connect.which_organisation", {}, buttons)


def pressed(acting: Acting, token: str, chosen: Chosen) -> None:
    """A button below a link or below the organisations to choose from."""
    verb, _, organisation = chosen.value.rpartition(" ")
    if verb in ("", "another"):
        _invite(acting, organisation)
        return
    handle = token.partition(".")[0]
    shown = invitations.shown_again(acting.tx, acting.setup, handle, acting.now)
    if shown is None:
        _show(acting, "connect.used_or_over", {})
    elif verb == "mail":
        subject, text = invitations.mail(acting.setup, shown)
        whole = Message("connect.mail_shown", text.fields, (), text.language, subject.zone)
        acting.immediates.append(Notice(whole))
    else:
        _picture(acting, shown)


def _invite(acting: Acting, organisation: str) -> None:
    try:
        invitation = invitations.invite(
            acting.tx, acting.setup, viewer_of(acting), Invitee(organisation=organisation), acting.now
        )
    except BotError as problem:
        _show(acting, *_refusal(acting, organisation, problem))
        return
    kinds = frozenset(acting.setup.kinds.values())
    verbs = ("another", "mail", "qr")
    acting.keep_buttons(invitation.handle, SHOWN, tuple(f"{verb} {organisation}" for verb in verbs))
    labels = enumerate(f"connect.button_{verb}" for verb in verbs)
    buttons = tuple(Button(label, f"{invitation.handle}.{number}") for number, label in labels)
    fields: Fields = {
        "link": invitation.link.removeprefix("https://"),
        "code": invitation.code,
        "slack": "slack" in kinds and "telegram" not in kinds,
        "organisation": invitation.name,
        "contact": "",
        "days": acting.setup.invitation.days,
    }
    _show(acting, "connect.link", fields, buttons)


def _refusal(acting: Acting, organisation: str, problem: BotError) -> tuple[str, Fields]:
    """A role that does not cover the partner is told so by the partner's name."""
    if type(problem) is not NotAllowed:
        return problem.template, problem.fields
    known = organisations.get(acting.tx, organisation)
    return "connect.not_your_region", {"organisation": known.name if known else organisation}


def _picture(acting: Acting, shown: Invitation) -> None:
    draw = acting.setup.draw_qr
    if not shown.link or draw is None:
        _show(acting, "connect.no_link", {})
        return
    file = acting.setup.files.add(draw(shown.link), f"{shown.organisation}.png", "image/png")
    fields: Fields = {"organisation": shown.name, "contact": "", "until": shown.expires_at.isoformat()}
    source = f"event:{acting.key}"
    tell(acting.tx, acting.told, source, acting.part, "connect.qr", fields, acting.now, file=file)
    acting.part += 1


def _show(acting: Acting, template: str, fields: Fields, buttons: tuple[Button, ...] = ()) -> None:
    told = acting.told
    acting.immediates.append(Notice(Message(template, fields, buttons, told.language, told.zone)))


def enter_query(acting: Acting, effect: EnterQuery) -> None:
    """Entered, or one sentence why not."""
    entered = effect.entered
    try:
        by = on_behalf.By(viewer=viewer_of(acting), key=acting.key, now=acting.now)
        query = on_behalf.enter(acting.tx, acting.setup, entered, by)
    except BotError as problem:
        template, fields = _refusal(acting, entered.organisation, problem)
        tell_acting(acting, acting.told, template, fields)
        return
    known = organisations.get(acting.tx, entered.organisation)
    kind = acting.setup.kinds.get(acting.event.address.account, "")
    name = known.name if known else ""
    fields = {**query_fields(query), "organisation": name, "email": entered.email, "kind": kind}
    tell_acting(acting, acting.told, "connect.behalf_entered", fields)


def add_by_mail(acting: Acting, effect: AddByMail) -> None:
    try:
        by = on_behalf.By(viewer=viewer_of(acting), key=acting.key, now=acting.now)
        query = on_behalf.add(acting.tx, acting.setup, effect.query, effect.text, (), by)
    except BotError as problem:
        tell_acting(acting, acting.told, problem.template, problem.fields)
        return
    known = organisations.get(acting.tx, query.organisation)
    fields: Fields = {"reference": query.reference, "organisation": known.name if known else ""}
    tell_acting(acting, acting.told, "connect.behalf_added", fields)


HANDLERS: dict[type, Callable[[Acting, Any], None]] = {
    InvitePartner: invite_partner,
    EnterQuery: enter_query,
    AddByMail: add_by_mail,
}
