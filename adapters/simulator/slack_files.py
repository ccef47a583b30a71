"""Files in Slack: the three steps of an upload, and the host that keeps them."""

import mimetypes

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from adapters.simulator.faults import LostResponse, Network
from adapters.simulator.slack_chat import Workspace, put, read_blocks, structured, thread_of, writable
from adapters.simulator.slack_json import file_json
from adapters.simulator.slack_state import ChannelKind, SlackError, SlackFile, SlackMessage, SlackState
from adapters.simulator.wire import LARGEST_PART, JsonObject, Parameters, as_list, as_object, as_text


def get_upload_url(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """files.getUploadURLExternal: where to send the bytes."""
    state, name, length = workspace.state, parameters.text("filename"), parameters.integer("length") or 0
    if not name or length < 1:
        raise SlackError("invalid_arguments", ("[ERROR] `filename` and `length` are required",))
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    file = SlackFile(state.unique("F"), name, media_type, b"", state.app.bot_user, size=length, uploaded=False)
    file.shared = False
    state.files[file.id] = file
    return {"upload_url": f"{state.url}/upload/v1/{file.id}", "file_id": file.id}


def complete_upload(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """files.completeUploadExternal: shares the files where it is told to."""
    state = workspace.state
    named = [as_object(each) for each in as_list(structured(parameters, "files"))]
    files = [_uploaded(state, each) for each in named]
    if not files:
        raise SlackError("invalid_arguments", ("[ERROR] missing required field: files",))
    channels = parameters.text("channel_id") or parameters.text("channels")
    thread = parameters.text("thread_ts")
    for channel_id in filter(None, channels.split(",")):
        channel = writable(state, channel_id)
        message = SlackMessage(
            state.next_ts(),
            channel.id,
            state.app.bot_user,
            parameters.text("initial_comment"),
            read_blocks(state, parameters),
            thread_of(state, channel, thread) if thread else "",
            from_bot=True,
            files=files,
            subtype="file_share",
        )
        if thread and not message.thread_ts:
            state.unthreaded.append(message)
        put(workspace, message)
    return {"files": [file_json(state, file) for file in files]}


def _uploaded(state: SlackState, named: JsonObject) -> SlackFile:
    file = state.files.get(as_text(named.get("id")))
    if file is None or not file.uploaded:
        raise SlackError("file_not_found")
    file.title, file.shared = as_text(named.get("title")) or file.name, True
    return file


def file_info(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """files.info."""
    file = workspace.state.files.get(parameters.text("file"))
    if file is None:
        raise SlackError("file_not_found")
    shares: dict[str, dict[str, list[JsonObject]]] = {"public": {}, "private": {}}
    for message in _carriers(workspace.state, file):
        public = workspace.state.channels[message.channel].kind is ChannelKind.PUBLIC
        share: JsonObject = {"ts": message.ts, **({"thread_ts": message.thread_ts} if message.thread_ts else {})}
        shares["public" if public else "private"].setdefault(message.channel, []).append(share)
    return {"file": {**file_json(workspace.state, file), "shares": shares}, "comments": []}


def delete_file(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """files.delete: the messages that carried it stay, without it."""
    state = workspace.state
    file = state.files.get(parameters.text("file"))
    if file is None:
        raise SlackError("file_not_found")
    if file.user != state.app.bot_user:
        raise SlackError("cant_delete_file")
    for message in _carriers(state, file):
        message.files = [each for each in message.files if each is not file]
    del state.files[file.id]
    state.changes.touch()
    return {}


def _carriers(state: SlackState, file: SlackFile) -> list[SlackMessage]:
    """The messages that show the file now."""
    every = (message for messages in state.messages.values() for message in messages.values())
    return [message for message in every if file in message.files and not message.deleted]


class FileHost:
    """Takes uploads and serves private files."""

    def __init__(self, state: SlackState) -> None:
        self._state = state

    async def upload(self, request: Request) -> Response:
        """The address files.getUploadURLExternal gave: the bytes as the body or as a form's file."""
        faults = self._state.faults
        file = self._state.files.get(request.path_params["file"])
        if faults.network is Network.DOWN:
            return LostResponse()
        if file is None or file.uploaded:
            return PlainTextResponse("not found", 404)
        content = await _uploaded_bytes(request)
        if len(content) != file.size:
            self._state.record.refuse("upload", f"{len(content)} bytes where {file.size} were announced")
            return PlainTextResponse("size mismatch", 400)
        file.content, file.uploaded = content, True
        return LostResponse() if faults.loses("upload") else PlainTextResponse(f"OK - {file.size}")

    async def download(self, request: Request) -> Response:
        """A private file; without the bot's token Slack sends a browser to its sign-in page."""
        faults = self._state.faults
        if faults.network is Network.DOWN or faults.loses("file"):
            return LostResponse()
        await faults.wait("file")
        file = self._state.files.get(request.path_params["key"].partition("-")[2])
        if request.headers.get("authorization") != f"Bearer {self._state.app.bot_token}":
            self._state.record.refuse("file", "no token")
            return RedirectResponse(f"{self._state.url}/signin", 302)
        if file is None or file.external_url:
            return PlainTextResponse("not found", 404)
        if file.redirect:
            return RedirectResponse(file.redirect, 302)
        return Response(file.content, media_type=file.media_type)


async def _uploaded_bytes(request: Request) -> bytes:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    async with request.form(max_part_size=LARGEST_PART) as form:
        parts = [value for value in form.values() if isinstance(value, UploadFile)]
        return await parts[0].read() if parts else b""
