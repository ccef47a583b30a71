"""Who and what is on the demo's stage."""

from dataclasses import dataclass

from adapters.simulator.slack_state import SlackChannel, SlackUser
from adapters.simulator.telegram_state import Group
from adapters.simulator.telegram_state import Person as TelegramPerson


@dataclass(frozen=True, slots=True)
class Cast:
    """The people and chats of the demo."""

    #: A CSO on Telegram and one on Slack.
    amina: TelegramPerson
    basile: SlackUser
    #: Staff: two who work at every Slack desk, one in the Telegram forum.
    liaison: SlackUser
    backup: SlackUser
    regional: TelegramPerson
    forum: Group
    #: By desk id.
    channels: dict[str, SlackChannel]

    def on_telegram(self, who: str) -> TelegramPerson | None:
        """The person by the name the page uses."""
        return {"amina": self.amina, "regional": self.regional}.get(who)

    def on_slack(self, who: str) -> SlackUser | None:
        """The person by the name the page uses."""
        return {"basile": self.basile, "liaison": self.liaison, "backup": self.backup}.get(who)

    def called(self, account: str, user: str) -> str:
        """The name the page uses for a user of a platform; empty for a stranger."""
        telegram = {str(self.amina.id): "amina", str(self.regional.id): "regional"}
        slack = {self.basile.id: "basile", self.liaison.id: "liaison", self.backup.id: "backup"}
        return (telegram if account == "telegram" else slack).get(user, "")
