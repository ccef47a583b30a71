"""Signing in to the console: a link from the chat becomes a session, sessions are looked up, listed and ended."""

import base64
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core import sla
from bot.core.console import LinkNotValid, Session
from bot.core.errors import NotAllowed, Unknown
from bot.core.message import Message
from bot.core.permission import Viewer
from bot.core.person import Person
from bot.services.setup import Setup
from bot.services.staff import check_may_manage
from bot.services.told import Told, language_of, tell
from storage import audit, people, sessions, sign_ins
from storage.database import Transaction

#: Field of the message that offers a link: its token, sealed until the message leaves.
SEALED = "sealed_token"
#: A session is noted as used at most this often: looking at a page does not always write.
NOTED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who looks at the console now, with what they may do at this moment."""

    session: Session
    person: Person
    viewer: Viewer
    #: The cookie's own secret: forms carry what is made of it.
    cookie: str

    @property
    def lacks_factor(self) -> bool:
        return self.session.lacks_factor(self.viewer.staff)


def viewer_of(tx: Transaction, setup: Setup, person: int) -> Viewer | None:
    """What this person may do now; None for somebody without a role, or whose roles rest."""
    staff = people.staff(tx, person)
    return Viewer(person=person, staff=staff, world=setup.world) if staff else None


def offer(tx: Transaction, setup: Setup, person: int, now: datetime) -> str:
    """A link for this member of staff: its token, sealed, so that no row holds it in clear. Raises `NotAllowed`."""
    if viewer_of(tx, setup, person) is None:
        raise NotAllowed
    token = setup.new_token()
    sign_ins.add(tx, token, person, now, now + setup.console.link)
    return base64.b64encode(setup.seal.seal(token.encode())).decode()


def with_link(setup: Setup, console_url: str, message: Message) -> Message:
    """The message as it leaves: with the link in the place of its sealed token."""
    sealed = message.fields.get(SEALED)
    if not isinstance(sealed, str):
        return message
    token = setup.seal.open(base64.b64decode(sealed)).decode()
    return replace(message, fields={**message.fields, "link": f"{console_url}/console/enter#{token}"})


def whose(tx: Transaction, setup: Setup, token: str, now: datetime) -> Viewer:
    """Who would sign in with the link; it stays unused. Raises `LinkNotValid`."""
    person = sign_ins.whose(tx, token, now)
    viewer = viewer_of(tx, setup, person) if person else None
    if viewer is None:
        raise LinkNotValid
    return viewer


def enter(tx: Transaction, setup: Setup, token: str, device: str, now: datetime) -> str:
    """Use the link up and begin a session; returns the cookie. The person is told in chat. Raises `LinkNotValid`."""
    viewer = whose(tx, setup, token, now)
    if not sign_ins.use_up(tx, token, now):
        raise LinkNotValid
    cookie = begin(tx, setup, viewer.person, device, now)
    _tell_in_chat(tx, setup, viewer.person, "console.signed_in", device, now)
    return cookie


def begin(tx: Transaction, setup: Setup, person: int, device: str, now: datetime, *, factor: bool = False) -> str:
    """A new session of the person; `factor`: it counts as shown (the demo's personas have none)."""
    cookie, public_id = setup.new_token() + setup.new_token(), setup.new_token()
    session = Session(
        public_id=public_id,
        person=person,
        made_at=now,
        seen_at=now,
        expires_at=now + setup.console.longest,
        second_factor_at=now if factor else None,
        device=device,
    )
    sessions.add(tx, cookie, session)
    audit.add(tx, person, "signed_in", f"session:{public_id}", now, "console")
    return cookie


def look_up(tx: Transaction, setup: Setup, cookie: str, now: datetime) -> SignedIn | None:
    """Who the cookie stands for; None as soon as the session has ended or the person has no role any more."""
    session = sessions.find(tx, cookie) if cookie else None
    if session is None or session.ended(setup.console, now):
        return None
    person, viewer = people.get(tx, session.person), viewer_of(tx, setup, session.person)
    if person is None or viewer is None:
        return None
    return SignedIn(session=session, person=person, viewer=viewer, cookie=cookie)


def wants_noting(session: Session, now: datetime) -> bool:
    """Whether the session was last noted as used some time ago."""
    return now - session.seen_at >= NOTED


def sign_out(tx: Transaction, who: Viewer, public_id: str, now: datetime) -> None:
    """End one's own session, or as an administrator anybody's. Raises `Unknown` or `NotAllowed`."""
    session = sessions.get(tx, public_id)
    if session is None:
        raise Unknown
    if session.person != who.person:
        check_may_manage(who, people.roles(tx, session.person))
    if sessions.end(tx, public_id, now):
        audit.add(tx, who.person, "signed_out", f"session:{public_id}", now, "console")


def sign_out_everywhere(tx: Transaction, person: int, by: int, now: datetime, via: str = "console") -> int:
    """End every session of the person, and what links they have; how many sessions there were."""
    sign_ins.forget(tx, person)
    ended = sessions.end_all(tx, person, now)
    audit.add(tx, by, "signed_out_everywhere", f"staff:{person}", now, via)
    return ended


def tell_enrolled(tx: Transaction, setup: Setup, person: int, device: str, now: datetime) -> None:
    """In chat: an authenticator was set up. Whoever did not do it hears of it."""
    _tell_in_chat(tx, setup, person, "console.factor_set_up", device, now)


def set_language(tx: Transaction, setup: Setup, person: Person, language: str) -> Person:
    """The language of chat and console; raises `Unknown` for one the office does not speak."""
    if language not in setup.world.office.languages:
        raise Unknown
    return people.save(tx, replace(person, language=language))


def _tell_in_chat(tx: Transaction, setup: Setup, person: int, template: str, device: str, now: datetime) -> None:
    address, known = people.private_address(tx, person, ""), people.get(tx, person)
    if address is None or known is None:
        return
    told = Told(
        address=address,
        person=person,
        language=language_of(setup, known),
        zone=sla.zone_of(setup.world, known.country),
    )
    fields = {"device": device, "at": now.isoformat()}
    tell(tx, told, f"{template}:{person}:{now.isoformat()}", 0, template, fields, now)
