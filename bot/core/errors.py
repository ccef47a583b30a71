"""What can go wrong on purpose. The type says what to do; the template named here is what a person reads."""

from bot.core.message import Fields


class BotError(Exception):
    """Something the product refuses on purpose."""

    #: Template that tells a person, in one sentence with the next step; fields come with the error.
    template = "errors.refused"

    def __init__(self, message: str = "", /, **fields: str | int) -> None:
        super().__init__(message)
        self.fields: Fields = fields

    def __str__(self) -> str:
        return super().__str__() or (self.__doc__ or "").strip()


class Conflict(BotError):
    """Someone else changed this in the meantime. Look at it again."""

    template = "errors.conflict"


class IllegalTransition(BotError):
    """This is not possible in the state it is in."""

    template = "errors.not_now"


class NotAllowed(BotError):
    """This person may not do this."""

    template = "errors.not_allowed"


class Unknown(BotError):
    """There is no such thing, or it is not for this person to know."""

    template = "errors.unknown"


class WorldProblem(BotError):
    """The office's files hold something that cannot be used: says file, line and what is allowed."""


class SettingsProblem(BotError):
    """A setting is missing or wrong: says which, and what is allowed."""
