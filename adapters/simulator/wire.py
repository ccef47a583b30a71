"""What comes over the wire: parameters in any of the three encodings the platforms accept, and JSON read with care."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from starlette.datastructures import UploadFile
from starlette.requests import Request

#: A JSON object. Values are narrowed where they are read.
JsonObject: TypeAlias = dict[str, object]

#: Telegram takes uploads of 50 MB; one part of a form may be as large as that and a little more.
LARGEST_PART = 60 * 1024 * 1024


class UnreadableBody(Exception):
    """The body is not what its content type says."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came as a part of a multipart form."""

    name: str
    content: bytes
    media_type: str


def as_object(value: object) -> JsonObject:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """The value if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    """The value if it is text, else an empty one."""
    return value if isinstance(value, str) else ""


class Parameters:
    """The parameters of one call. Forms carry text only, JSON bodies carry values: both read the same here."""

    def __init__(self, values: Mapping[str, object], uploads: Mapping[str, Upload] | None = None) -> None:
        self.values = dict(values)
        self.uploads = dict(uploads or {})

    def text(self, name: str) -> str:
        """Text, or a number as text; empty when it was not given."""
        value = self.values.get(name)
        return value if isinstance(value, str) else "" if value is None else json.dumps(value)

    def integer(self, name: str) -> int | None:
        """A whole number, or None when it was not given or is none."""
        value = self.values.get(name)
        if isinstance(value, int):
            return int(value)
        try:
            return int(value) if isinstance(value, str) else None
        except ValueError:
            return None

    def flag(self, name: str) -> bool:
        """True for the ways in which libraries write true."""
        return self.values.get(name) in (True, 1, "true", "True", "1")

    def structure(self, name: str) -> object:
        """A JSON value, decoded when the form carried it as text; raises `UnreadableBody` when that text is no JSON."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value:
            return value or None
        try:
            return json.loads(value)
        except ValueError as error:
            raise UnreadableBody(name) from error

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None or name in self.uploads

    def loggable(self) -> JsonObject:
        """The parameters as they may be kept: files by name and size, tokens not at all."""
        kept: JsonObject = {name: value for name, value in self.values.items() if name != "token"}
        kept.update({name: f"file {upload.name}, {len(upload.content)} bytes" for name, upload in self.uploads.items()})
        return kept


async def read_parameters(request: Request) -> Parameters:
    """Query, JSON body, URL-encoded form or multipart form; what comes later wins."""
    values: JsonObject = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        values.update(await _json_body(request))
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return await _form(request, values)
    return Parameters(values)


async def _json_body(request: Request) -> JsonObject:
    body = await request.body()
    try:
        decoded = json.loads(body) if body else {}
    except ValueError as error:
        raise UnreadableBody("json") from error
    if not isinstance(decoded, dict):
        raise UnreadableBody("json")
    return decoded


async def _form(request: Request, values: JsonObject) -> Parameters:
    uploads: dict[str, Upload] = {}
    async with request.form(max_part_size=LARGEST_PART) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                media_type = value.content_type or "application/octet-stream"
                uploads[name] = Upload(value.filename or name, await value.read(), media_type)
            else:
                values[name] = value
    return Parameters(values, uploads)
