"""Every page of the console, and the entries of its top bar. What is not here does not exist."""

from adapters.web.console import entrance, factor, own, personas
from adapters.web.console.declared import Page, Section

PAGES: tuple[Page, ...] = (
    *entrance.PAGES,
    *factor.PAGES,
    *own.PAGES,
    *personas.PAGES,
)

#: In the order of the bar.
SECTIONS: tuple[Section, ...] = (
    Section("partners", "/console/partners"),
    Section("staff", "/console/staff"),
    Section("audit", "/console/audit"),
    Section("sessions", "/console/sessions"),
)
