"""The Web API's door: tokens, method names, pace, faults, and answers in Slack's envelope."""

import json
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from adapters.simulator import slack_chat as chat
from adapters.simulator import slack_conversations as conversations
from adapters.simulator import slack_files as files
from adapters.simulator import slack_views as views
from adapters.simulator.faults import LostResponse, Network
from adapters.simulator.slack_chat import Workspace
from adapters.simulator.slack_sockets import SocketDoor
from adapters.simulator.slack_state import RateLimited, SlackError, SlackMessage
from adapters.simulator.wire import JsonObject, Parameters, UnreadableBody, read_parameters

METHODS: Mapping[str, Callable[[Workspace, Parameters], JsonObject]] = {
    "api.test": conversations.api_test,
    "auth.test": conversations.auth_test,
    "bots.info": conversations.bots_info,
    "chat.postMessage": chat.post_message,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.update": chat.update,
    "chat.delete": chat.delete,
    "chat.getPermalink": chat.get_permalink,
    "conversations.open": conversations.open_conversation,
    "conversations.info": conversations.info,
    "conversations.members": conversations.members,
    "conversations.list": conversations.list_conversations,
    "conversations.history": conversations.history,
    "conversations.replies": conversations.replies,
    "conversations.join": conversations.join,
    "conversations.leave": conversations.leave,
    "users.info": conversations.user_info,
    "users.list": conversations.list_users,
    "views.open": views.open_view,
    "views.push": views.push_view,
    "views.update": views.update_view,
    "views.publish": views.publish_view,
    "files.getUploadURLExternal": files.get_upload_url,
    "files.completeUploadExternal": files.complete_upload,
    "files.info": files.file_info,
    "files.delete": files.delete_file,
    "reactions.add": chat.add_reaction,
}
OPEN_SOCKET = "apps.connections.open"


class SlackApi:
    """Answers requests below /api/ and at response URLs."""

    def __init__(self, workspace: Workspace, door: SocketDoor) -> None:
        self._workspace = workspace
        self._state = workspace.state
        self._door = door

    async def call(self, request: Request) -> Response:
        """One API call."""
        faults, method = self._state.faults, request.path_params["method"]
        if faults.network is Network.DOWN:
            return LostResponse()
        await faults.wait(method)
        injected = faults.failure(method)
        if injected:
            self._state.record.call(method, {}, injected.status, injected.reason)
            wait = str(injected.parameters.get("retry_after", 1))
            headers = {"Retry-After": wait} if injected.status == 429 else None
            return JSONResponse({"ok": False, "error": injected.reason}, injected.status, headers)
        return await self._carried_out(request, method)

    async def _carried_out(self, request: Request, method: str) -> Response:
        record, parameters = self._state.record, Parameters({})
        response: Response
        try:
            parameters = await read_parameters(request)
            self._authorise(method, _token(request, parameters))
            result = self._result(method, parameters)
        except UnreadableBody:
            response = self._refused(method, parameters, SlackError("invalid_json"))
        except SlackError as error:
            response = self._refused(method, parameters, error)
        except RateLimited as limit:
            record.call(method, parameters.loggable(), 429, "ratelimited")
            record.refuse(method, "ratelimited")
            headers = {"Retry-After": str(limit.seconds)}
            response = JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers)
        else:
            lost = self._state.faults.loses(method)
            record.call(method, parameters.loggable(), 0 if lost else 200)
            response = LostResponse() if lost else JSONResponse({"ok": True, **result})
        self._state.changes.touch()
        return response

    def _refused(self, method: str, parameters: Parameters, error: SlackError) -> Response:
        details = "; ".join(error.messages)
        self._state.record.call(method, parameters.loggable(), 200, error.error)
        self._state.record.refuse(method, f"{error.error}: {details}" if details else error.error)
        body: JsonObject = {"ok": False, "error": error.error, **error.fields}
        if error.messages:
            body["response_metadata"] = {"messages": list(error.messages)}
        return JSONResponse(body)

    def _authorise(self, method: str, token: str) -> None:
        app = self._state.app
        if not token:
            if method != "api.test":
                raise SlackError("not_authed")
        elif token not in (app.bot_token, app.app_token):
            raise SlackError("invalid_auth")
        elif self._state.uninstalled:
            raise SlackError("account_inactive")
        elif (token == app.app_token) != (method == OPEN_SOCKET) and method not in ("api.test", "auth.test"):
            raise SlackError("not_allowed_token_type")

    def _result(self, method: str, parameters: Parameters) -> JsonObject:
        if method == OPEN_SOCKET:
            return {"url": self._door.url()}
        known = METHODS.get(method)
        if known is None:
            raise SlackError("unknown_method", req_method=method)
        self._check_tier(method)
        return known(self._workspace, parameters)

    def _check_tier(self, method: str) -> None:
        rate = self._state.limits.tiers.get(method)
        if rate:
            if wait := self._state.windows.wait(method, rate):
                raise RateLimited(wait)
            self._state.windows.count(method, rate)

    async def respond(self, request: Request) -> Response:
        """A response URL: a message to the one who acted, or for all; five times."""
        place = self._state.response_urls.get(request.path_params["key"])
        if place is None or place.left < 1:
            self._state.record.refuse("response_url", "used_url" if place else "expired_url")
            return PlainTextResponse("used_url" if place else "expired_url", 404)
        try:
            parameters = Parameters(json.loads(await request.body()))
            blocks = chat.read_blocks(self._state, parameters)
        except (ValueError, SlackError):
            self._state.record.refuse("response_url", "invalid_payload")
            return PlainTextResponse("invalid_payload", 400)
        place.left -= 1
        original = self._state.messages.get(place.channel, {}).get(place.message)
        if original and parameters.flag("delete_original"):
            chat.remove(self._workspace, original)
        elif original and parameters.flag("replace_original"):
            chat.change(self._state, original, parameters.text("text"), blocks)
        else:
            self._appear(parameters, blocks, place.channel, place.user)
        return PlainTextResponse("ok")

    def _appear(self, parameters: Parameters, blocks: list[JsonObject], channel: str, user: str) -> None:
        state, text = self._state, parameters.text("text")
        if parameters.text("response_type") == "in_channel":
            app = state.app
            message = SlackMessage(state.next_ts(), channel, app.bot_user, text, blocks, from_bot=True)
            chat.put(self._workspace, message)
        else:
            thread = parameters.text("thread_ts")
            chat.ephemeral(state, state.channels[channel], user, (text, blocks), thread)


def _token(request: Request, parameters: Parameters) -> str:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else parameters.text("token")
