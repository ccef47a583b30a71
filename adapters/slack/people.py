"""What Slack says of a person and of the channel they act in."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.payload import Node
from bot.core.channel import AccountInfo
from bot.core.message import Address, Change, Event, Membership, Place, Said, Sender, Standing

#: How long an answer of Slack holds; a member who became a guest is one after this time at the latest.
KEPT_SECONDS = 600
KEPT_ENTRIES = 2000
ASK_SECONDS = 10

#: What can go wrong when Slack is asked; nothing is concluded from it.
FAILURES = (SlackApiError, aiohttp.ClientError, TimeoutError, AttributeError, ValueError)

V = TypeVar("V")


@dataclass(slots=True)
class Recent(Generic[V]):
    """The last answers, each for a while."""

    clock: Callable[[], float]
    _kept: OrderedDict[str, tuple[float, V]] = field(default_factory=OrderedDict)

    def get(self, key: str) -> V | None:
        at, value = self._kept.get(key, (0.0, None))
        return value if value is not None and self.clock() - at < KEPT_SECONDS else None

    def drop(self, key: str) -> None:
        """What was known is known to be wrong."""
        self._kept.pop(key, None)

    def put(self, key: str, value: V) -> V:
        self._kept[key] = (self.clock(), value)
        self._kept.move_to_end(key)
        if len(self._kept) > KEPT_ENTRIES:
            self._kept.popitem(last=False)
        return value


@dataclass(frozen=True, slots=True)
class Person:
    """A user as users.info has them."""

    standing: Standing
    name: str
    language: str


class People:
    """Asks Slack about senders. What it cannot find out stays UNKNOWN, which nobody is trusted with."""

    def __init__(self, client: AsyncWebClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._people = Recent[Person](clock)
        self._shared = Recent[Standing](clock)
        #: Direct chats with us, by person.
        self._homes = Recent[str](clock)

    async def vet(self, event: Event, us: AccountInfo) -> Event:
        """The event with its sender's standing, name and language; never better than the payload says."""
        if not event.sender.user or event.sender.standing is Standing.BOT:
            return event
        if isinstance(event.content, Membership) and event.content.change in {Change.CLOSED, Change.GUEST}:
            self._people.drop(event.sender.user)
            return event
        try:
            async with asyncio.timeout(ASK_SECONDS):
                person = await self._person(event.sender.user, us)
                channel = await self._channel(event)
                home = await self._home(event)
        except FAILURES:
            return event
        known = event.sender
        standing = next(
            (s for s in (known.standing, channel, person.standing) if s is not Standing.UNKNOWN), Standing.UNKNOWN
        )
        sender = Sender(known.user, person.name or known.name, person.language, standing, home=home)
        here = event.address
        ours = Address(here.account, home) if home and event.place is Place.PRIVATE else here
        return replace(event, address=ours, sender=sender)

    async def _home(self, event: Event) -> str:
        """Our direct chat with whoever typed a command: it may have been typed anywhere. Empty for anything else."""
        said, user = event.content, event.sender.user
        if not isinstance(said, Said) or said.message:
            return ""
        chat = self._homes.get(user)
        if chat is None:
            answer = await self._asked("conversations.open", {"users": user})
            chat = self._homes.put(user, Node(answer.get("channel") if answer else None).text("id"))
        return chat

    async def _person(self, user: str, us: AccountInfo) -> Person:
        known = self._people.get(user)
        if known:
            return known
        answer = await self._asked("users.info", {"user": user, "include_locale": "true"})
        said = person(Node(answer.get("user")), us) if answer else Person(Standing.MEMBER, "", "")
        return self._people.put(user, said)

    async def _asked(self, method: str, data: dict[str, str]) -> AsyncSlackResponse | None:
        """Slack's answer; None from a stand-in for Slack that has no such method, and so knows no guests either."""
        try:
            return await self._client.api_call(method, data=data)
        except SlackApiError as error:
            if isinstance(error.response, AsyncSlackResponse) and error.response.get("error") == "unknown_method":
                return None
            raise

    async def _channel(self, event: Event) -> Standing:
        """FOREIGN in a channel shared with another workspace: a press or a command does not tell by itself."""
        if event.place is Place.PRIVATE:
            return Standing.UNKNOWN
        known = self._shared.get(event.address.chat)
        if known:
            return known
        answer = await self._asked("conversations.info", {"channel": event.address.chat})
        channel = Node(answer.get("channel") if answer else None)
        shared = channel.true("is_ext_shared") or channel.true("is_pending_ext_shared")
        return self._shared.put(event.address.chat, Standing.FOREIGN if shared else Standing.UNKNOWN)


def person(user: Node, us: AccountInfo) -> Person:
    """A user object of the Web API, as far as it matters here."""
    name = user.text("profile", "display_name") or user.text("real_name") or user.text("name")
    return Person(_standing(user, us), name, user.text("locale").partition("-")[0].lower())


def _standing(user: Node, us: AccountInfo) -> Standing:
    if user.true("is_bot") or user.true("is_workflow_bot"):
        return Standing.BOT
    if user.true("is_stranger") or not _of_our_team(user, us):
        return Standing.FOREIGN
    if user.true("is_restricted") or user.true("is_ultra_restricted"):
        return Standing.GUEST
    return Standing.UNKNOWN if user.true("deleted") or not user.text("id") else Standing.MEMBER


def _of_our_team(user: Node, us: AccountInfo) -> bool:
    """On Enterprise Grid a person has one home workspace and a list of those they are in; strangers have one too."""
    teams = {team.value for team in user.items("enterprise_user", "teams")} | {user.text("team_id")}
    return not us.team or us.team in teams or not any(teams)
