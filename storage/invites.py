"""One-time codes. Only their hashes are kept."""

import hashlib
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from bot.core.person import Invite, InviteKind
from storage.database import Transaction
from storage.directory_tables import invites


def add(tx: Transaction, code: str, invite: Invite) -> None:
    tx.execute(sa.insert(invites).values(digest=digest(code), **asdict(invite)))


def find(tx: Transaction, code: str, now: datetime) -> Invite | None:
    """What the code holds; None when it is unknown, used or expired: nobody learns which."""
    return held_by(tx, digest(code), now)


def held_by(tx: Transaction, key: str, now: datetime) -> Invite | None:
    """What the code with this digest holds, as `find` says it."""
    usable = sa.and_(invites.c.digest == key, invites.c.used_at.is_(None), invites.c.expires_at > now)
    row = tx.execute(sa.select(invites).where(usable)).first()
    if row is None:
        return None
    held = {name: getattr(row, name) for name in Invite.__dataclass_fields__}
    return Invite(**{**held, "kind": InviteKind(row.kind)})


def use_up(tx: Transaction, code: str, person: int, now: datetime) -> bool:
    """Whether this person is the one who used it: the second of two is not."""
    return take(tx, digest(code), person, now)


def take(tx: Transaction, key: str, person: int, now: datetime) -> bool:
    """`use_up` by the digest."""
    free = sa.and_(invites.c.digest == key, invites.c.used_at.is_(None))
    return tx.execute(sa.update(invites).where(free).values(used_at=now, used_by=person)).rowcount == 1


def close_open(tx: Transaction, organisation: str, person: int, now: datetime) -> int:
    """End the open invitations for this contact, or for whoever comes when `person` is 0; returns how many."""
    theirs = sa.and_(_open(now), invites.c.organisation == organisation, invites.c.person == person)
    return tx.execute(sa.update(invites).where(theirs).values(expires_at=now)).rowcount


def end_made_by(tx: Transaction, person: int, kind: InviteKind, now: datetime) -> int:
    """Codes of this kind that the person made and nobody has used give nothing any more; returns how many."""
    unused = sa.and_(invites.c.used_at.is_(None), invites.c.expires_at > now)
    made = sa.and_(invites.c.made_by == person, invites.c.kind == kind, unused)
    return tx.execute(sa.update(invites).where(made).values(expires_at=now)).rowcount


def end_for(tx: Transaction, person: int, now: datetime) -> int:
    """Open invitations for this person give nothing any more; returns how many."""
    theirs = sa.and_(invites.c.person == person, _open(now))
    return tx.execute(sa.update(invites).where(theirs).values(expires_at=now)).rowcount


def count_open(tx: Transaction, made_by: int, now: datetime) -> int:
    """Open invitations to organisations that this person gave."""
    theirs = sa.select(sa.func.count()).select_from(invites).where(_open(now), invites.c.made_by == made_by)
    return int(tx.execute(theirs).scalar_one())


def _open(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        invites.c.kind == InviteKind.ORGANISATION,
        invites.c.used_at.is_(None),
        invites.c.expires_at > now,
    )


def digest(code: str) -> str:
    """What of a code is kept."""
    return hashlib.sha256(code.strip().encode()).hexdigest()
