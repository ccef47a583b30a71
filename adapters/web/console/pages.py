"""Every page of the console, and the entries of its top bar. What is not here does not exist."""

from adapters.web.console import (
    answers,
    audit,
    confidential,
    connecting,
    desks,
    duplicates,
    entrance,
    exporting,
    factor,
    imports,
    insight,
    inviting,
    month,
    own,
    partners,
    people,
    personas,
    queries,
    query_acts,
    query_bulk,
    similar,
    staff,
    staffing,
)
from adapters.web.console.declared import Page
from adapters.web.console.parts import Section

PAGES: tuple[Page, ...] = (
    *entrance.PAGES,
    *factor.PAGES,
    *own.PAGES,
    *personas.PAGES,
    *exporting.PAGES,
    *query_bulk.PAGES,
    *queries.PAGES,
    *similar.PAGES,
    *query_acts.PAGES,
    *partners.PAGES,
    *people.PAGES,
    *inviting.PAGES,
    *connecting.PAGES,
    *duplicates.PAGES,
    *imports.PAGES,
    *audit.PAGES,
    *confidential.PAGES,
    *insight.PAGES,
    *month.PAGES,
    *answers.PAGES,
    *desks.PAGES,
    *staff.PAGES,
    *staffing.PAGES,
)

#: In the order of the bar; shown as soon as the page is declared.
BAR = (
    ("queries", "/console/queries"),
    ("partners", "/console/partners"),
    ("insight", "/console/insight"),
    ("desk", "/console/desk"),
    ("confidential", "/console/confidential"),
    ("staff", "/console/staff"),
    ("audit", "/console/audit"),
    ("sessions", "/console/sessions"),
)

_ACCESS = {page.path: page.access for page in PAGES if page.method == "GET"}
SECTIONS: tuple[Section, ...] = tuple(Section(name, path, _ACCESS[path]) for name, path in BAR if path in _ACCESS)
