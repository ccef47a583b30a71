"""The Bot API's door: tokens, method names, faults, and answers in the platform's envelope."""

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.simulator import telegram_chats as chats
from adapters.simulator import telegram_messages as messages
from adapters.simulator.faults import LostResponse, Network
from adapters.simulator.telegram_markup import structure
from adapters.simulator.telegram_state import ApiError, TelegramState, bad_request
from adapters.simulator.telegram_updates import UpdateQueue, Webhook
from adapters.simulator.wire import Parameters, UnreadableBody, as_list, as_text, read_parameters

METHODS: Mapping[str, Callable[[TelegramState, Parameters], object]] = {
    "getMe": chats.get_me,
    "sendMessage": messages.send_message,
    "sendDocument": partial(messages.send_file, kind="document"),
    "sendPhoto": partial(messages.send_file, kind="photo"),
    "sendVoice": partial(messages.send_file, kind="voice"),
    "editMessageText": messages.edit_message_text,
    "editMessageCaption": messages.edit_message_caption,
    "editMessageReplyMarkup": messages.edit_message_reply_markup,
    "deleteMessage": messages.delete_message,
    "answerCallbackQuery": messages.answer_callback_query,
    "getFile": chats.get_file,
    "createForumTopic": chats.create_forum_topic,
    "editForumTopic": chats.edit_forum_topic,
    "closeForumTopic": chats.close_forum_topic,
    "reopenForumTopic": chats.reopen_forum_topic,
    "deleteForumTopic": chats.delete_forum_topic,
    "getChat": chats.get_chat,
    "getChatMember": chats.get_chat_member,
    "getChatAdministrators": chats.get_chat_administrators,
    "leaveChat": chats.leave_chat,
    "sendChatAction": chats.send_chat_action,
    "pinChatMessage": chats.pin_chat_message,
    "setMyCommands": chats.set_my_commands,
    "setMyName": partial(chats.set_profile, method="setMyName", field="name"),
    "setMyDescription": partial(chats.set_profile, method="setMyDescription", field="description"),
    "setMyShortDescription": partial(chats.set_profile, method="setMyShortDescription", field="short_description"),
}  # fmt: skip
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
LOOPBACK = ("127.0.0.1", "localhost")
WEBHOOK_PORTS = (443, 80, 88, 8443)


class TelegramApi:
    """Answers requests below /bot<token>/ and /file/bot<token>/."""

    def __init__(self, state: TelegramState, queue: UpdateQueue) -> None:
        self._state = state
        self._queue = queue
        self._methods: dict[str, Callable[[Parameters], object]] = {
            **{name: partial(method, state) for name, method in METHODS.items()},
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._webhook_info,
        }
        self._by_lower_name = {name.lower(): name for name in [*self._methods, "getUpdates"]}

    async def call(self, request: Request) -> Response:
        """One API call. Method names do not care about case."""
        faults = self._state.faults
        if faults.network is Network.DOWN:
            return LostResponse()
        method = self._by_lower_name.get(request.path_params["method"].lower(), request.path_params["method"])
        try:
            parameters = await read_parameters(request)
        except UnreadableBody:
            parameters = Parameters({})
        await faults.wait(method)
        injected = faults.failure(method)
        if injected:
            error = ApiError(injected.status, injected.reason, **injected.parameters)
            self._state.record.call(method, parameters.loggable(), error.status, error.description)
            return _refused(error)
        return await self._carried_out(request.path_params["token"], method, parameters)

    async def _carried_out(self, token: str, method: str, parameters: Parameters) -> Response:
        record, faults = self._state.record, self._state.faults
        response: Response
        try:
            self._authorise(token)
            result = await self._result(method, parameters)
        except ApiError as error:
            record.call(method, parameters.loggable(), error.status, error.description)
            record.refuse(method, error.description)
            response = _refused(error)
        else:
            lost = faults.loses(method)
            record.call(method, parameters.loggable(), 0 if lost else 200)
            response = LostResponse() if lost else EscapedJson({"ok": True, "result": result})
        self._state.changes.touch()
        return response

    def _authorise(self, token: str) -> None:
        if not re.fullmatch(r"\d+:[\w-]+", token):
            raise ApiError(404, "Not Found")
        if token != self._state.token:
            raise ApiError(401, "Unauthorized")

    async def _result(self, method: str, parameters: Parameters) -> object:
        if method == "getUpdates":
            return await self._updates(parameters)
        known = self._methods.get(method)
        if known is None:
            raise ApiError(404, "Not Found")
        return known(parameters)

    async def _updates(self, parameters: Parameters) -> object:
        self._allow(parameters)
        limit = parameters.integer("limit") or 100
        if not 1 <= limit <= 100:
            limit = 100
        offset, timeout = parameters.integer("offset") or 0, parameters.integer("timeout") or 0
        return [update.written() for update in await self._queue.poll(offset, limit, timeout)]

    def _allow(self, parameters: Parameters) -> None:
        """Without the parameter the kinds that were asked for last stay in force."""
        if "allowed_updates" in parameters:
            kinds = as_list(structure(parameters, "allowed_updates", "allowed updates"))
            self._queue.allowed = tuple(as_text(kind) for kind in kinds)

    def _set_webhook(self, parameters: Parameters) -> object:
        url, secret = parameters.text("url"), parameters.text("secret_token")
        if not url:
            return self._delete_webhook(parameters)
        parts = urlsplit(url)
        loopback = parts.hostname in LOOPBACK
        if parts.scheme != "https" and not loopback:
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if (parts.port or 443) not in WEBHOOK_PORTS and not loopback:
            raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        if "secret_token" in parameters and not SECRET.fullmatch(secret):
            raise bad_request("secret token contains unallowed characters")
        self._allow(parameters)
        self._drop_pending(parameters)
        self._queue.webhook = Webhook(url, secret, parameters.integer("max_connections") or 40)
        self._queue.end_poll()
        self._queue.wake()
        return True

    def _delete_webhook(self, parameters: Parameters) -> object:
        self._queue.webhook = Webhook()
        self._drop_pending(parameters)
        return True

    def _drop_pending(self, parameters: Parameters) -> None:
        if parameters.flag("drop_pending_updates"):
            self._queue.pending.clear()

    def _webhook_info(self, parameters: Parameters) -> object:
        webhook = self._queue.webhook
        info: dict[str, object] = {
            "url": webhook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._queue.pending),
        }
        if webhook.url:
            info["max_connections"] = webhook.max_connections
        if webhook.last_error:
            info.update(last_error_date=webhook.last_error_date, last_error_message=webhook.last_error)
        if self._queue.allowed:
            info["allowed_updates"] = list(self._queue.allowed)
        return info

    async def download(self, request: Request) -> Response:
        """A file whose path getFile told."""
        faults = self._state.faults
        if faults.network is Network.DOWN or faults.loses("file"):
            return LostResponse()
        await faults.wait("file")
        token, path = request.path_params["token"], request.path_params["path"]
        found = next((each for each in self._state.files.values() if each.path == path), None)
        if token != self._state.token or found is None:
            self._state.record.refuse("file", "Not Found")
            return _refused(ApiError(404, "Not Found"))
        return Response(found.content, media_type="application/octet-stream")


class EscapedJson(JSONResponse):
    """As Telegram writes JSON: ASCII with escapes, so that half a surrogate pair can come over the wire too."""

    def render(self, content: object) -> bytes:
        return json.dumps(content, separators=(",", ":")).encode()


def _refused(error: ApiError) -> JSONResponse:
    body: dict[str, object] = {"ok": False, "error_code": error.status, "description": error.description}
    if error.parameters:
        body["parameters"] = dict(error.parameters)
    return JSONResponse(body, error.status)
