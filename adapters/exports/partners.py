"""Partners, contacts and acts as tables: the columns in which they leave and in which they come in."""

from collections.abc import Iterable, Sequence

from adapters.exports.sheets import Cell, Column, Sheet
from bot.core.imports.organisations import COLUMNS
from bot.core.organisation import Organisation
from bot.core.organisation_fields import written
from bot.core.world import World
from storage.reads.exports import Act, ContactLine, PartnerLine

#: Hashtags of the HXL standard for the columns that have one.
_TAGS = {
    "id": "#org+code",
    "name": "#org+name",
    "acronym": "#org+acronym",
    "type": "#org+type+code",
    "level": "#org+level",
    "country": "#country+code+v_iso2",
    "region": "#region+code",
    "languages": "#org+lang+list",
    "interface_language": "#meta+lang",
    "timezone": "#meta+tz",
    "topics": "#subsector+list",
    "observer_status": "#status+observer",
    "iati_org_id": "#org+id+v_iati",
    "status": "#status",
    "since": "#date+start",
    "contact_role": "#contact+role",
    "email": "#contact+email",
    "countries": "#country+code+list",
    "clusters": "#sector+cluster+list",
    "observer_since": "#date+start+observer",
    "observer_until": "#date+end+observer",
    "ecosoc": "#org+id+ecosoc",
    "unpp": "#org+id+unpp",
    "parent": "#org+code+parent",
}
#: What anybody may see of a partner: no contact, no way to reach a person.
PUBLIC = (
    *("id", "name", "acronym", "type", "level", "country", "region", "languages", "interface_language", "timezone"),
    *("topics", "observer_status", "iati_org_id", "status", "since"),
)
_FIELDS = {"interface_language": "language", "observer_status": "observer", "iati_org_id": "iati"}
_PEOPLE = (
    Column("organisation", "#org+code"),
    Column("name", "#contact+name"),
    Column("position", "#contact+role"),
    Column("email", "#contact+email"),
    Column("language", "#meta+lang"),
    Column("country", "#country+code+v_iso2"),
    Column("connected"),
    Column("connection"),
)
_ACTS = (Column("at", "#date"), Column("person"), Column("act"), Column("about"), Column("via"))


def organisations_sheet(lines: Iterable[PartnerLine], world: World) -> Sheet:
    """Every column of the native format: what is exported can be imported again and is the same."""
    rows = (_whole(line, world) for line in lines)
    return Sheet("Organisations", _columns(COLUMNS), rows)


def public_sheet(shown: Iterable[Organisation], world: World) -> Sheet:
    """The public list; whoever stands on it is an active partner."""
    rows = ([{**_values(each, world), "status": "active"}[name] for name in PUBLIC] for each in shown)
    return Sheet("Organisations", _columns(PUBLIC), rows)


def people_sheet(lines: Iterable[ContactLine]) -> Sheet:
    """Contacts, without any chat address; the first columns can be imported."""
    rows = (
        (
            line.person.organisation,
            line.person.name,
            line.person.position,
            line.person.email,
            line.person.language,
            line.person.country,
            line.connected,
            line.person.connection.value,
        )
        for line in lines
    )
    return Sheet("People", _PEOPLE, rows)


def audit_sheet(acts: Iterable[Act]) -> Sheet:
    """Who of staff did what: ids only; person 0 is the command line."""
    rows: Iterable[Sequence[Cell]] = ((each.at, each.person, each.act, each.about, each.via) for each in acts)
    return Sheet("Audit", _ACTS, rows)


def _columns(names: Sequence[str]) -> tuple[Column, ...]:
    return tuple(Column(name, _TAGS.get(name, "")) for name in names)


def _whole(line: PartnerLine, world: World) -> list[str]:
    values = _values(line.organisation, world) | {
        "connected": "yes" if line.channels else "no",
        "channel": " ".join(line.channels),
        # Chat addresses stay here: nobody else could write to them, and they lead to people.
        "addresses": "",
        "announcement_optin": line.invitations,
    }
    return [values[name] for name in COLUMNS]


def _values(organisation: Organisation, world: World) -> dict[str, str]:
    fields = written(organisation)
    texts = {name: fields[field] for name in COLUMNS if (field := _FIELDS.get(name, name)) in fields}
    return {
        **texts,
        "id": organisation.id,
        "region": world.region_of.get(organisation.country, ""),
        "consent": organisation.consent.value,
        "status": organisation.status.value,
    }
