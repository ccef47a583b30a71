"""Coverage as it is now: the office's posts, the people who hold roles at them, and who of them is away."""

from datetime import datetime

from bot.core.coverage import Coverage, coverage
from bot.core.permission import Permission, Viewer, check
from bot.services import desk_people, presence
from bot.services.presence import Presence
from storage.database import Transaction
from storage.reads import desks as reads


def look(tx: Transaction, viewer: Viewer, now: datetime) -> Coverage:
    """Raises `NotAllowed`."""
    check(viewer, Permission.SEE_INSIGHT)
    there = presence.look(tx, viewer.world, now)
    own = reads.languages_of_people(tx, there.staff)
    spoken = {desk: _spoken(there, desk, own) for desk in viewer.world.desks}
    return coverage(viewer.world, spoken, reads.languages_written(tx, viewer.world))


def _spoken(there: Presence, desk: str, own: dict[int, str]) -> frozenset[str]:
    """What its posts ask for, and what its people read themselves, where anybody of its own is there."""
    known = there.world.desks[desk]
    present = [each for each in desk_people.at_desk(there, known, there.now) if each.own and each.there]
    if not present:
        return frozenset()
    of_posts = {language for post in known.posts for language in post.languages}
    return frozenset(of_posts | {own[each.person] for each in present if own.get(each.person)})
