"""Forms that staff are filling in by messages, where the channel has no modals; one a person and thread."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.core.verbs import Verb, VerbField, fields_of

VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """A verb whose fields are being asked for."""

    verb: Verb
    query: int
    #: Desk that had the query when the form was opened; a form does not follow its query.
    desk: str
    until: datetime
    values: Mapping[str, str] = field(default_factory=dict)
    #: Further languages of those it goes to, once they are known.
    languages: tuple[str, ...] = ()

    @property
    def next_field(self) -> VerbField | None:
        return next((each for each in fields_of(self.verb, self.languages) if each.name not in self.values), None)

    def filled(self, value: str) -> "OpenForm":
        """With the value of the field that was asked for."""
        asked = self.next_field
        return self if asked is None else replace(self, values={**self.values, asked.name: value})


@dataclass(frozen=True, slots=True)
class DeskState:
    """Person id -> the form they are filling in."""

    forms: Mapping[int, OpenForm] = field(default_factory=dict)

    def opening(self, person: int, form: OpenForm) -> "DeskState":
        return DeskState({**self.forms, person: form})

    def without(self, person: int) -> "DeskState":
        return DeskState({key: form for key, form in self.forms.items() if key != person})


def to_json(state: DeskState) -> dict[str, Any]:
    """As it is kept."""
    forms = {str(person): _form_json(form) for person, form in state.forms.items()}
    return {"version": VERSION, "forms": forms}


def _form_json(form: OpenForm) -> dict[str, Any]:
    return {
        "verb": form.verb.value,
        "query": form.query,
        "desk": form.desk,
        "until": form.until.isoformat(),
        "values": dict(form.values),
        "languages": list(form.languages),
    }


def from_json(kept: Mapping[str, Any] | None) -> DeskState:
    """The state that was kept; a fresh one when there is none or it is of another version."""
    if not kept or kept.get("version") != VERSION or "forms" not in kept:
        return DeskState()
    forms = {
        int(person): OpenForm(
            verb=Verb(form["verb"]),
            query=form["query"],
            desk=form["desk"],
            until=datetime.fromisoformat(form["until"]),
            values=form["values"],
            languages=tuple(form.get("languages", ())),
        )
        for person, form in kept["forms"].items()
    }
    return DeskState(forms)
