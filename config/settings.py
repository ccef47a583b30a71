"""How this installation is run: csobot.yaml < .env < environment (CSOBOT_*) < flags. Secrets are never shown.

Every secret may also come from a file, by the same name with `_FILE`.
"""

import os
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, YamlConfigSettingsSource

from bot.core.errors import SettingsProblem

PREFIX = "CSOBOT_"
_FILE_VARIABLE = "CSOBOT_SETTINGS"
_DEFAULT_FILE = Path("csobot.yaml")
_NO_SECRET = SecretStr("")

Port = Annotated[int, Field(ge=1, le=65535)]
Address = Annotated[str, Field(pattern=r"^https?://[^\s/]+")]
Rate = Annotated[float, Field(gt=0, le=10_000)]
Seconds = Annotated[float, Field(ge=0, le=60)]


#: Telegram calls https only; a stand-in for it on this machine may call plainly.
WEBHOOK_URLS = ("https://", "http://127.0.0.1", "http://localhost", "http://[::1]")


class Mode(StrEnum):
    """How Telegram's updates come in."""

    POLLING = "polling"
    WEBHOOK = "webhook"


class SlackMode(StrEnum):
    """How Slack's events come in."""

    SOCKET = "socket"
    HTTP = "http"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _with_files(values: object, secrets: tuple[str, ...]) -> object:
    """The values with each `name_file` replaced by `name`, its content."""
    if not isinstance(values, dict):
        return values
    read = dict(values)
    for name in secrets:
        path = read.pop(f"{name}_file", None)
        if not path:
            continue
        if read.get(name):
            raise ValueError(f"{name} and {name}_file are both given; give one of them")
        read[name] = _content(f"{name}_file", Path(str(path)))
    return read


def _content(name: str, path: Path) -> str:
    try:
        content = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ValueError(f"{name} names {path}, which cannot be read: {reason}") from None
    if not content:
        raise ValueError(f"{name} names {path}, which is empty; it must hold the secret")
    return content


class _Part(BaseModel):
    """A group of settings: unknown names are refused, and inputs never appear in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    secrets: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, values: object) -> object:
        return _with_files(values, cls.secrets)


class Http(_Part):
    """Where console, simulator and webhooks listen."""

    host: str = "127.0.0.1"
    port: Port = 8080
    #: Where people reach the console, as links say it; when not given: this machine, at the port.
    public_url: str = ""

    @field_validator("public_url")
    @classmethod
    def _safe(cls, url: str) -> str:
        if url and not re.fullmatch(r"https?://[^\s/?#@]+/?", url):
            raise ValueError("must be https:// and a host name, without a path")
        if url and not url.startswith(WEBHOOK_URLS):
            raise ValueError("must begin with https://; plain http is for this machine only")
        return url.rstrip("/")

    @property
    def console_url(self) -> str:
        """The beginning of every link to the console."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a link needs a name to go to
        host = everywhere.get(self.host, self.host)
        return self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


class Console(_Part):
    """How long one stays signed in to the console."""

    link_minutes: Annotated[int, Field(ge=1, le=60)] = 10
    #: Without doing anything, and at the longest.
    idle_minutes: Annotated[int, Field(ge=5, le=24 * 60)] = 120
    session_hours: Annotated[int, Field(ge=1, le=30 * 24)] = 12
    #: The confidential desk's key is locked again when it is not used for so long.
    confidential_minutes: Annotated[int, Field(ge=1, le=60)] = 10
    #: Wrong codes of the second factor in a row, and for how long it is locked then.
    wrong_codes: Annotated[int, Field(ge=3, le=20)] = 5
    locked_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 15


class Metrics(_Part):
    """Where /metrics listens: private, apart from everything else."""

    host: str = "127.0.0.1"
    port: Port = 9464


class Telegram(_Part):
    """One Telegram bot."""

    secrets: ClassVar[tuple[str, ...]] = ("token", "webhook_secret")
    kind: Literal["telegram"] = "telegram"
    token: SecretStr = _NO_SECRET
    base_url: Address = "https://api.telegram.org/bot"
    base_file_url: Address = "https://api.telegram.org/file/bot"
    mode: Mode = Mode.POLLING
    webhook_url: str = ""
    webhook_secret: SecretStr = _NO_SECRET
    #: Messages a second, all chats together.
    rate: Rate = 30
    #: Seconds between two messages to one person, and to one group: Telegram's own limits.
    chat_seconds: Seconds = 1.0
    group_seconds: Seconds = 3.0

    @model_validator(mode="after")
    def _complete(self) -> "Telegram":
        if self.mode is Mode.WEBHOOK and not self.webhook_url.startswith(WEBHOOK_URLS):
            raise ValueError("mode is webhook, so webhook_url is needed and must begin with https://")
        secret = self.webhook_secret.get_secret_value()
        if self.mode is Mode.WEBHOOK and not secret:
            raise ValueError("mode is webhook, so webhook_secret is needed: 1 to 256 of A-Z a-z 0-9 _ -")
        if re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret) is None:
            raise ValueError("webhook_secret may hold 1 to 256 of A-Z a-z 0-9 _ - and nothing else")
        return self


class Slack(_Part):
    """One Slack app in one workspace."""

    secrets: ClassVar[tuple[str, ...]] = ("bot_token", "app_token", "signing_secret")
    kind: Literal["slack"] = "slack"
    bot_token: SecretStr = _NO_SECRET
    app_token: SecretStr = _NO_SECRET
    signing_secret: SecretStr = _NO_SECRET
    base_url: Address = "https://slack.com/api/"
    mode: SlackMode = SlackMode.SOCKET
    #: Messages a second, all channels together, and seconds between two in one channel.
    rate: Rate = 20
    channel_seconds: Seconds = 1.0

    @field_validator("base_url")
    @classmethod
    def _with_slash(cls, url: str) -> str:
        return url.rstrip("/") + "/"

    @model_validator(mode="after")
    def _complete(self) -> "Slack":
        if not self.bot_token.get_secret_value():
            return self
        if self.mode is SlackMode.SOCKET and not self.app_token.get_secret_value():
            raise ValueError("mode is socket, so app_token is needed (it begins with xapp-)")
        if self.mode is SlackMode.HTTP and not self.signing_secret.get_secret_value():
            raise ValueError("mode is http, so signing_secret is needed")
        return self


class Settings(BaseSettings):
    """All settings. What is not given has a default that serves the demo."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    #: May hold a password, so it is kept like one.
    database_url: SecretStr = SecretStr("sqlite:///var/csobot.db")
    database_url_file: Path | None = None
    #: The office's folder; the world the product ships when not given.
    world: Path | None = None
    http: Http = Http()
    metrics: Metrics = Metrics()
    console: Console = Console()
    telegram: Telegram = Telegram()
    slack: Slack = Slack()
    #: Further bots and workspaces by name.
    accounts: Mapping[str, Annotated[Telegram | Slack, Field(discriminator="kind")]] = {}
    process_key: SecretStr = _NO_SECRET
    process_key_file: Path | None = None
    confidential_public_key: SecretStr = _NO_SECRET
    confidential_public_key_file: Path | None = None
    #: Where files of queries are kept.
    files: Path = Path("var/files")
    #: Where is noted who was erased; beside the keys when not given.
    erasures: Path | None = None
    log_level: LogLevel = LogLevel.INFO

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags over environment over .env over the settings file."""
        file = YamlConfigSettingsSource(settings_cls, yaml_file=_settings_file())
        return init_settings, env_settings, dotenv_settings, file

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, values: object) -> object:
        return _with_files(values, ("database_url", "process_key", "confidential_public_key"))

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("sqlite:///", "postgresql://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return url

    @field_validator("accounts")
    @classmethod
    def _new_names(cls, accounts: Mapping[str, Telegram | Slack]) -> Mapping[str, Telegram | Slack]:
        for name in accounts:
            if name in ("telegram", "slack") or not name.replace("-", "").isalnum():
                raise ValueError(
                    f"account {name!r}: letters, digits and - are allowed, but not the names telegram, slack"
                )
        return accounts

    @property
    def telegram_accounts(self) -> Mapping[str, Telegram]:
        """The Telegram bots that have a token, by account name."""
        every = {"telegram": self.telegram, **self.accounts}
        return {
            name: each for name, each in every.items() if isinstance(each, Telegram) and each.token.get_secret_value()
        }

    @property
    def slack_accounts(self) -> Mapping[str, Slack]:
        """The Slack workspaces that have a bot token, by account name."""
        every = {"slack": self.slack, **self.accounts}
        return {
            name: each for name, each in every.items() if isinstance(each, Slack) and each.bot_token.get_secret_value()
        }


def load(**flags: object) -> Settings:
    """The settings of this process; flags that are None are as if not given.

    Raises `SettingsProblem`: which setting, and what is allowed. Values never appear in it.
    """
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsProblem("; ".join(dict.fromkeys(_sentences(error)))) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        raise SettingsProblem(f"{_settings_file()}{where}: not readable as YAML") from None
    except (OSError, UnicodeDecodeError):
        raise SettingsProblem(f"{_settings_file()} cannot be read") from None


def unknown_variables(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Names in the environment that begin like ours and mean nothing here: worth a warning, most are typing errors."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {_FILE_VARIABLE}
    ours = (name for name in environment if name.upper().startswith(PREFIX))
    return tuple(sorted(name for name in ours if name.upper().partition("__")[0] not in known))


def _settings_file() -> Path:
    named = os.environ.get(_FILE_VARIABLE, "")
    if named and not Path(named).is_file():
        raise SettingsProblem(f"{_FILE_VARIABLE} names {named}, which is no file; give the path of a settings file")
    return Path(named) if named else _DEFAULT_FILE


def _sentences(error: ValidationError) -> Iterator[str]:
    """One sentence a mistake, by the name of the variable. Only pydantic's messages are used, never an input."""
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        places = [str(part) for part in each["loc"]]
        name = PREFIX + "__".join(places).upper() if places and places[0] != "accounts" else ".".join(places)
        message = each["msg"].removeprefix("Value error, ")
        if each["type"] == "extra_forbidden":
            message = "there is no such setting"
        yield f"{name}: {message}" if name else message
