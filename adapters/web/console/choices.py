"""What one can choose from in filters and forms of the partner pages, in the reader's language."""

from collections.abc import Iterable, Sequence
from functools import cache

from adapters.countries import country_name, every_country
from adapters.web.console.visit import Visit
from bot.core.invitation import ConnectionState
from bot.core.organisation import Level, Observer, OrganisationConsent, OrganisationStatus
from bot.core.person import Connection
from bot.core.world import Texts, text_in
from bot.services.organisations import StatusReason

#: Value and word.
Options = Sequence[tuple[str, str]]


def kinds(visit: Visit) -> Options:
    """The organisation types of the office, in its own order."""
    return [(code, _named(visit, name)) for code, name in visit.world.organisation_types.items()]


def kind(visit: Visit, code: str) -> str:
    """The name of one type; the code where the office has dropped it since."""
    known = visit.world.organisation_types.get(code)
    return _named(visit, known) if known else code


def topics(visit: Visit) -> Options:
    return _sorted((topic.id, _named(visit, topic.name)) for topic in visit.world.topics.values())


def regions(visit: Visit) -> Options:
    return [(region.id, _named(visit, region.name)) for region in visit.world.regions.values()]


def countries(visit: Visit) -> Options:
    return _countries(visit.words.language)


@cache
def _countries(language: str) -> Options:
    names = ((code, country_name(code, language).removeprefix("the ")) for code in every_country())
    return _sorted(names)


def office_languages(visit: Visit) -> Options:
    """Those that the bot speaks."""
    return [(code, _tongue(visit, code)) for code in visit.world.office.languages]


def spoken(visit: Visit) -> Options:
    """Languages that partners of the office's files speak, and those of the office."""
    listed = {code for each in visit.world.organisations for code in each.languages}
    return _sorted((code, _tongue(visit, code)) for code in listed | set(visit.world.office.content_languages))


def _tongue(visit: Visit, code: str) -> str:
    name: str = visit.words.locale.languages.get(code, code)
    return name[:1].upper() + name[1:]


def levels(visit: Visit) -> Options:
    return [(each.value, str(visit.words(f"partners.level_{each}"))) for each in Level]


def observers(visit: Visit) -> Options:
    return [(each.value, str(visit.words(f"partners.observer_{each}"))) for each in Observer]


def statuses(visit: Visit) -> Options:
    return [(each.value, str(visit.words(f"partners.status_{each}"))) for each in OrganisationStatus]


def consents(visit: Visit) -> Options:
    return [(each.value, str(visit.words(f"partners.consent_{each}"))) for each in OrganisationConsent]


def reasons(visit: Visit) -> Options:
    return [(each.value, str(visit.words(f"partners.reason_{each}"))) for each in StatusReason]


def states(visit: Visit) -> Options:
    return [(each.value, str(visit.words(f"partners.state_{each}"))) for each in ConnectionState]


def connections(visit: Visit) -> Options:
    return [(each.value, str(visit.words(f"people.connection_{each}"))) for each in Connection]


def yes_no(visit: Visit) -> Options:
    return [(each, str(visit.words(f"partners.{each}"))) for each in ("yes", "no")]


def _named(visit: Visit, texts: Texts) -> str:
    return text_in(texts, visit.words.language, visit.world.office.default_language)


def _sorted(options: Iterable[tuple[str, str]]) -> Options:
    return sorted(options, key=lambda option: option[1].casefold())
