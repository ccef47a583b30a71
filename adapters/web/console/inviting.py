"""Invitations of partners: made here, and shown once with link, code, picture and e-mail text."""

from base64 import b64encode
from datetime import datetime
from urllib.parse import quote, urlencode

from starlette.responses import Response

from adapters.exports import qr
from adapters.web.console.declared import Page
from adapters.web.console.visit import Visit
from bot.core.invitation import Invitation, Invitee
from bot.core.message import Message
from bot.core.permission import Permission
from bot.services import invitations
from storage.database import Transaction


async def invite(visit: Visit) -> Response:
    """A new invitation, for a reminder in the place of the old one; the answer is the only place where it stands."""
    invitee = Invitee(
        organisation=visit.path("organisation"),
        person=visit.number(visit.given("person")),
        language=visit.given("language"),
        platform=visit.given("platform") if visit.given("platform") in ("telegram", "slack") else "",
    )

    def make(tx: Transaction, now: datetime) -> Invitation:
        one = invitations.renew if visit.given("again") else invitations.invite
        return one(tx, visit.setup, visit.viewer, invitee, now, "console")

    invitation = await visit.act(make)
    subject, text = (written(visit, message) for message in invitations.mail(visit.setup, invitation))
    return visit.draw(
        "invitation.html",
        invitation=invitation,
        subject=subject,
        text=text,
        mail_link=_mail_link(invitation.email, subject, text),
        picture=_picture(invitation.link),
        section="partners",
    )


def written(visit: Visit, message: Message) -> str:
    """The message as the text of an e-mail."""
    fields = {**message.fields, "zone": message.zone}
    return visit.console.sentence(message.language or visit.language, message.template, fields)


def _picture(link: str) -> str:
    """The link as a PNG within the page: it lies nowhere else."""
    return f"data:image/png;base64,{b64encode(qr.png(link)).decode()}" if link else ""


def _mail_link(email: str, subject: str, text: str) -> str:
    return f"mailto:{quote(email, safe='@')}?{urlencode({'subject': subject, 'body': text}, quote_via=quote)}"


PAGES = (Page("/console/partners/{organisation}/invite", Permission.INVITE_PARTNERS, invite, method="POST"),)
