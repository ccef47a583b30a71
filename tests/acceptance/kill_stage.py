"""Ten desks on two platforms with their staff, and partners who each have one question."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.simulator.limits import NO_FLOOD_LIMITS, NO_SLACK_LIMITS
from adapters.simulator.server import Simulator
from adapters.simulator.slack_state import SlackChannel, SlackUser
from adapters.simulator.telegram_state import Group
from adapters.simulator.telegram_state import Person as TelegramPerson
from bot.core.message import Address
from bot.core.person import BoundDesk, Connection, DeskStyle, Invitations, Person, Role, StaffRole
from storage import clock, desks, people
from storage.database import Transaction

#: Country of a partner -> the desk that gets a question about camps from there (the world the product ships).
DESKS = {
    "KE": "mission-ke",
    "UG": "region-eha",
    "ET": "mission-et",
    "TD": "mission-td",
    "LY": "mission-ly",
    # A humanitarian setting: urgent, so at the desk that is there at every hour.
    "HT": "doe",
    "CO": "mission-co",
    "IT": "mission-it",
    "TH": "mission-th",
    "BD": "mission-bd",
}
#: Desks that work in a Telegram forum; the others work in a Slack channel.
FORUMS = ("mission-ke", "region-eha")


@dataclass(frozen=True, slots=True)
class Partner:
    """A CSO representative with a number: the question carries it, and the answer must carry the same."""

    number: int
    country: str
    who: TelegramPerson | SlackUser

    @property
    def account(self) -> str:
        return "slack" if isinstance(self.who, SlackUser) else "telegram"

    @property
    def chat(self) -> str:
        return f"D{self.who.id[1:]}" if isinstance(self.who, SlackUser) else str(self.who.id)

    @property
    def question(self) -> str:
        return f"Our camp management team needs the CCCM focal point for site {self.number:03}."

    @property
    def answer(self) -> str:
        return f"Please call extension {self.number:03}."


@dataclass(frozen=True, slots=True)
class SlackDesk:
    channel: SlackChannel
    staff: SlackUser


@dataclass(frozen=True, slots=True)
class TelegramDesk:
    forum: Group
    staff: TelegramPerson


class Stage:
    """The simulator with its people and places."""

    def __init__(self, simulator: Simulator, partners: int, accounts: Sequence[str] = ("telegram", "slack")) -> None:
        """So many partners, on these platforms in turn."""
        self.simulator = simulator
        self._accounts = accounts
        simulator.telegram.limit(NO_FLOOD_LIMITS)
        simulator.slack.limit(NO_SLACK_LIMITS)
        # Slack tells an event again at once, after a minute and after five: no restart lasts as long as that. Here
        # the hour is short, so the same promise is kept in seconds.
        simulator.slack.deliverer.retry_after = (0.0, *[1.0] * 60)
        self.desks = {desk: self._desk(place, desk) for place, desk in enumerate(DESKS.values())}
        self.partners = [self._partner(number) for number in range(partners)]

    def _desk(self, place: int, desk: str) -> SlackDesk | TelegramDesk:
        if desk in FORUMS:
            telegram = self.simulator.telegram
            staff = telegram.user(4_000_000_000 + place, f"Focal point {place}", f"fp_{place}", "en")
            return TelegramDesk(telegram.group(-1_002_000_000_000 - place, desk, administrators=(staff,)), staff)
        slack = self.simulator.slack
        user = slack.user(f"U0STAFF{place:03}", f"Focal point {place}")
        return SlackDesk(slack.channel(f"C0DESK{place:03}", desk, members=(user,)), user)

    def _partner(self, number: int) -> Partner:
        country = tuple(DESKS)[number % len(DESKS)]
        who: TelegramPerson | SlackUser
        if self._accounts[number // len(DESKS) % len(self._accounts)] == "slack":
            who = self.simulator.slack.user(f"U0CSO{number:03}", f"Partner {number}")
        else:
            who = self.simulator.telegram.user(5_000_000_000 + number, f"Partner {number}", f"cso_{number}", "en")
        return Partner(number, country, who)

    def ask(self, partner: Partner) -> None:
        """The partner's question, in their private chat."""
        if isinstance(partner.who, SlackUser):
            self.simulator.slack.say(partner.who, None, partner.question)
        else:
            self.simulator.telegram.say(partner.who, partner.question)

    def told(self, partner: Partner) -> list[str]:
        """All that csobot said to the partner, what was deleted or edited away included."""
        if isinstance(partner.who, SlackUser):
            slack = self.simulator.slack
            said = slack.history(slack.direct(partner.who))
            return [slack.plain(message) for message in said if message.from_bot]
        return [message.text for message in self.simulator.telegram.history(partner.who) if message.from_bot]

    def settle_in(self, tx: Transaction) -> None:
        """Desks are bound and people are known, as months of use would have left them."""
        for desk, place in self.desks.items():
            if isinstance(place, SlackDesk):
                where, style = Address("slack", place.channel.id), DeskStyle.THREAD
                who = people.add(tx, Person(language="en"), "slack", place.staff.id, "")
            else:
                where, style = Address("telegram", str(place.forum.id)), DeskStyle.TOPIC
                who = people.add(tx, Person(language="en"), "telegram", str(place.staff.id), "")
            people.add_role(tx, StaffRole(person=who.id, role=Role.FOCAL_POINT, desk=desk))
            desks.bind(tx, BoundDesk(desk=desk, address=where, style=style), who.id, clock.now(tx))
        for partner in self.partners:
            people.add(tx, _known(partner), partner.account, str(partner.who.id), partner.chat)


def _known(partner: Partner) -> Person:
    return Person(
        language="en",
        country=partner.country,
        claimed_name=f"Partner {partner.number}",
        connection=Connection.CONFIRMED,
        invitations=Invitations.ALL,
        told_version="2026-11",
    )
