"""What staff do with the record of an organisation. Each is one transaction and leaves one audit row per fact."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from bot.core.errors import BotError, Conflict, Unknown
from bot.core.organisation import (
    Level,
    Observer,
    Organisation,
    OrganisationConsent,
    OrganisationStatus,
    check_status,
)
from bot.core.organisation_fields import BadFields, FieldProblem, Problem, changed, differing
from bot.core.partner_scope import scope_of
from bot.core.permission import Permission, Viewer, check
from bot.services.merging import look_for_duplicates
from bot.services.setup import Setup
from storage import audit, organisations
from storage.database import Transaction


class StatusReason(StrEnum):
    """Why an organisation rests or is closed. A closed list: what is kept of a partner is never gossip."""

    INACTIVE = "inactive"
    REQUESTED = "requested"
    UNREACHABLE = "unreachable"
    UNDER_REVIEW = "under_review"
    DUPLICATE = "duplicate"
    OTHER = "other"


class MergedAway(BotError):
    """This record was merged into another one: change that one, or undo the merge first."""

    template = "errors.merged_away"


class ChangedMeanwhile(Conflict):
    """Somebody changed the organisation since it was opened: look at both and choose."""

    def __init__(self, theirs: Organisation, yours: Organisation) -> None:
        super().__init__(organisation=theirs.id)
        #: As it is kept now, and as it would have become.
        self.theirs, self.yours = theirs, yours


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who does it, where, and when."""

    viewer: Viewer
    now: datetime
    via: str = "console"


def propose(tx: Transaction, setup: Setup, values: Mapping[str, str], by: By) -> Organisation:
    """A new record that somebody has yet to verify, with the next free id; raises `BadFields`."""
    check(by.viewer, Permission.EDIT_PARTNERS)
    blank = Organisation(
        id=next_id(tx),
        name="",
        acronym="",
        type="",
        level=Level.UNKNOWN,
        country="",
        language=setup.world.office.default_language,
        timezone="UTC",
        listed=False,
        status=OrganisationStatus.PROPOSED,
        source=by.via,
    )
    needed = {"name": "", "type": "", "country": "", **values}
    fresh = _checked(tx, setup, blank, needed)
    if "timezone" not in values:
        fresh = replace(fresh, timezone=setup.world.zones.get(fresh.country, "UTC"))
    check(by.viewer, Permission.EDIT_PARTNERS, scope_of(setup.world, fresh.country))
    while not organisations.add_where_free(tx, fresh, by.now):
        fresh = replace(fresh, id=next_id(tx))
    _note(tx, fresh, "organisation_proposed", by)
    look_for_duplicates(tx, setup, fresh, by.now)
    return fresh


def next_id(tx: Transaction) -> str:
    """The id after the highest of the form CSO-0060: ids are never given twice."""
    return f"CSO-{organisations.highest_number(tx) + 1:04d}"


def edit(
    tx: Transaction, setup: Setup, organisation: str, seen_version: int, values: Mapping[str, str], by: By
) -> Organisation:
    """Other facts; `values` holds the text of the fields to change. Raises `BadFields` or `ChangedMeanwhile`."""
    known = _allowed(tx, setup, organisation, by)
    after = _checked(tx, setup, known, values)
    check(by.viewer, Permission.EDIT_PARTNERS, scope_of(setup.world, after.country))
    if known.version != seen_version:
        raise ChangedMeanwhile(known, after)
    kept = _keep(tx, known, after, by)
    look_for_duplicates(tx, setup, kept, by.now)
    return kept


def verify(tx: Transaction, setup: Setup, organisation: str, by: By) -> Organisation:
    """The office stands behind the record; also lifts a suspension."""
    return _become(tx, setup, organisation, OrganisationStatus.VERIFIED, "organisation_verified", by)


def suspend(tx: Transaction, setup: Setup, organisation: str, why: StatusReason, by: By) -> Organisation:
    """Nothing is sent to it and nobody is confirmed until it is verified again."""
    return _become(tx, setup, organisation, OrganisationStatus.SUSPENDED, f"organisation_suspended:{why}", by)


def close(tx: Transaction, setup: Setup, organisation: str, why: StatusReason, by: By) -> Organisation:
    """No partner any more. The record stays, and can be opened again."""
    return _become(tx, setup, organisation, OrganisationStatus.CLOSED, f"organisation_closed:{why}", by)


def reopen(tx: Transaction, setup: Setup, organisation: str, by: By) -> Organisation:
    """A partner again."""
    return _become(tx, setup, organisation, OrganisationStatus.VERIFIED, "organisation_reopened", by)


def set_observer(
    tx: Transaction,
    setup: Setup,
    organisation: str,
    observer: Observer,
    dates: tuple[date | None, date | None],
    by: By,
) -> Organisation:
    """Its status at the Council, with the days it began and ends; NONE clears both days."""
    known = _allowed(tx, setup, organisation, by)
    since, until = dates if observer is not Observer.NONE else (None, None)
    if since and until and until < since:
        raise BadFields([FieldProblem("observer_until", Problem.ENDS_BEFORE)])
    after = replace(known, observer=observer, observer_since=since, observer_until=until)
    return _keep(tx, known, after, by)


def set_listed(tx: Transaction, setup: Setup, organisation: str, *, listed: bool, by: By) -> Organisation:
    """Whether the public directory shows it."""
    known = _allowed(tx, setup, organisation, by)
    return _keep(tx, known, replace(known, listed=listed), by)


def set_consent(tx: Transaction, setup: Setup, organisation: str, consent: OrganisationConsent, by: By) -> Organisation:
    """What the organisation said to being kept and shown; withdrawn takes it off the public list at once."""
    known = _allowed(tx, setup, organisation, by)
    listed = known.listed and consent is not OrganisationConsent.WITHDRAWN
    if known.consent is consent:
        return known
    after = organisations.save(tx, replace(known, consent=consent, listed=listed), by.now)
    _note(tx, after, f"organisation_consent:{consent}", by)
    return after


def note_export(tx: Transaction, by: By) -> None:
    """Somebody takes the list of partners along; raises `NotAllowed`."""
    check(by.viewer, Permission.EXPORT)
    audit.add(tx, by.viewer.person, "exported", "export:organisations", by.now, by.via)


def _become(
    tx: Transaction, setup: Setup, organisation: str, status: OrganisationStatus, act: str, by: By
) -> Organisation:
    known = _allowed(tx, setup, organisation, by)
    check_status(known, status)
    after = organisations.save(tx, replace(known, status=status), by.now)
    _note(tx, after, act, by)
    return after


def _keep(tx: Transaction, known: Organisation, after: Organisation, by: By) -> Organisation:
    """One audit row for each fact that became another: the page shows source and date of each from them."""
    fields = differing(known, after)
    if not fields:
        return known
    kept = organisations.save(tx, after, by.now)
    for field in fields:
        _note(tx, kept, f"organisation_changed:{field}", by)
    return kept


def _allowed(tx: Transaction, setup: Setup, organisation: str, by: By) -> Organisation:
    """The record, for somebody who may change it; raises `NotAllowed`, `Unknown` or `MergedAway`."""
    check(by.viewer, Permission.EDIT_PARTNERS)
    known = organisations.get(tx, organisation)
    if known is None:
        raise Unknown
    check(by.viewer, Permission.EDIT_PARTNERS, scope_of(setup.world, known.country))
    if known.merged_into:
        raise MergedAway(organisation=known.id, into=known.merged_into)
    return known


def _checked(tx: Transaction, setup: Setup, known: Organisation, values: Mapping[str, str]) -> Organisation:
    after, problems = changed(known, values, setup.world)
    if after.parent and after.parent != known.parent and (wrong := _parent_problem(tx, after)):
        problems = (*problems, FieldProblem("parent", wrong, after.parent))
    if problems:
        raise BadFields(problems)
    return after


def _parent_problem(tx: Transaction, after: Organisation) -> Problem | None:
    above, seen = after.parent, {after.id}
    while above:
        if above in seen:
            return Problem.CIRCLE
        seen.add(above)
        one = organisations.get(tx, above)
        if one is None:
            return Problem.NO_SUCH_PARENT
        above = one.parent
    return None


def _note(tx: Transaction, organisation: Organisation, act: str, by: By) -> None:
    audit.add(tx, by.viewer.person, act, f"organisation:{organisation.id}", by.now, by.via)
