"""Where settings come from, and how a wrong one is named."""

import os
from pathlib import Path

import pytest

from bot.core.errors import SettingsProblem
from config import settings

TOKEN = "123456:not-a-real-token"


@pytest.fixture(autouse=True)
def _empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without settings, an environment without ours."""
    for name in [each for each in os.environ if each.startswith("CSOBOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_the_demo_needs_no_setting() -> None:
    """Nothing configured: loopback, SQLite, no channel."""
    given = settings.load()
    assert (given.http.host, given.http.port, given.metrics.host) == ("127.0.0.1", 8080, "127.0.0.1")
    assert not given.telegram_accounts
    assert not given.slack_accounts


def test_flags_beat_environment_beats_dotenv_beats_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each layer is seen where the ones above are silent."""
    (tmp_path / "csobot.yaml").write_text("http: {host: 10.0.0.1, port: 1001}\nfiles: a\nlog_level: debug\n")
    (tmp_path / ".env").write_text("CSOBOT_HTTP__PORT=1002\nCSOBOT_FILES=b\n")
    monkeypatch.setenv("CSOBOT_HTTP__PORT", "1003")
    given = settings.load(log_level="error", world=None)
    assert (given.http.host, given.http.port, str(given.files), given.log_level) == ("10.0.0.1", 1003, "b", "error")


def test_the_settings_file_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CSOBOT_SETTINGS names it; further bots are listed there."""
    file = tmp_path / "elsewhere.yaml"
    file.write_text(f"accounts: {{east: {{kind: telegram, token: '{TOKEN}'}}}}\n")
    monkeypatch.setenv("CSOBOT_SETTINGS", str(file))
    assert tuple(settings.load().telegram_accounts) == ("east",)


def test_a_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As containers hand it over."""
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("CSOBOT_TELEGRAM__TOKEN_FILE", str(tmp_path / "token"))
    assert settings.load().telegram_accounts["telegram"].token.get_secret_value() == TOKEN


def test_a_secret_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by str nor by repr, the database's password included."""
    monkeypatch.setenv("CSOBOT_TELEGRAM__TOKEN", TOKEN)
    monkeypatch.setenv("CSOBOT_DATABASE_URL", "postgresql://bot:hunter2@db/csobot")
    given = settings.load()
    assert TOKEN not in f"{given} {given!r}"
    assert "hunter2" not in f"{given} {given!r}"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("CSOBOT_HTTP__PORT", "99999", "CSOBOT_HTTP__PORT: .* less than or equal to 65535"),
        ("CSOBOT_TELEGRAM__MODE", "pull", "CSOBOT_TELEGRAM__MODE: .*'polling' or 'webhook'"),
        ("CSOBOT_TELEGRAM__MODE", "webhook", "webhook_url is needed"),
        ("CSOBOT_TELEGRAM__TOKN", "s3cret", "CSOBOT_TELEGRAM__TOKN: there is no such setting"),
        ("CSOBOT_TELEGRAM__RATE", "0", "CSOBOT_TELEGRAM__RATE: .* greater than 0"),
        ("CSOBOT_TELEGRAM__WEBHOOK_SECRET", "a secret!", "1 to 256 of A-Z a-z 0-9 _ -"),
        ("CSOBOT_SLACK__BOT_TOKEN", "xoxb-s3cret", "app_token is needed"),
        ("CSOBOT_DATABASE_URL", "mysql://root:s3cret@db/x", "CSOBOT_DATABASE_URL: must begin with sqlite:///"),
        ("CSOBOT_PROCESS_KEY_FILE", "nowhere/key", "process_key_file names nowhere/key, which cannot be read"),
        ("CSOBOT_SETTINGS", "nowhere.yaml", "CSOBOT_SETTINGS names nowhere.yaml, which is no file"),
        ("CSOBOT_LOG_LEVEL", "loud", "CSOBOT_LOG_LEVEL: .*'debug', 'info', 'warning' or 'error'"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not(
    name: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence: which setting, and what is allowed."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsProblem, match=expected) as caught:
        settings.load()
    assert "s3cret" not in str(caught.value)


def test_a_webhook_needs_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it anybody could post updates."""
    monkeypatch.setenv("CSOBOT_TELEGRAM__MODE", "webhook")
    monkeypatch.setenv("CSOBOT_TELEGRAM__WEBHOOK_URL", "https://bot.example/telegram/webhook")
    with pytest.raises(SettingsProblem, match="webhook_secret is needed"):
        settings.load()


def test_a_webhook_on_this_machine_may_be_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for Telegram beside csobot has no certificate."""
    monkeypatch.setenv("CSOBOT_TELEGRAM__MODE", "webhook")
    monkeypatch.setenv("CSOBOT_TELEGRAM__WEBHOOK_URL", "http://127.0.0.1:8080/telegram/webhook")
    monkeypatch.setenv("CSOBOT_TELEGRAM__WEBHOOK_SECRET", "s3cret")

    assert settings.load().telegram.webhook_url == "http://127.0.0.1:8080/telegram/webhook"


def test_a_secret_given_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody should have to guess which one counts."""
    (tmp_path / "token").write_text(TOKEN)
    monkeypatch.setenv("CSOBOT_TELEGRAM__TOKEN", TOKEN)
    monkeypatch.setenv("CSOBOT_TELEGRAM__TOKEN_FILE", str(tmp_path / "token"))
    with pytest.raises(SettingsProblem, match="token and token_file are both given"):
        settings.load()


def test_a_typing_error_in_a_variable_is_noticed() -> None:
    """Such a variable does nothing; whoever starts the bot is told."""
    environment = {"CSOBOT_WORD": "x", "CSOBOT_WORLD": "y", "CSOBOT_HTTP__PORT": "1", "HOME": "z"}
    assert settings.unknown_variables(environment) == ("CSOBOT_WORD",)


def test_broken_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    """The sentence names file and line, never the content."""
    (tmp_path / "csobot.yaml").write_text("http: {port: 1\nfiles: [\n")
    with pytest.raises(SettingsProblem, match=r"csobot.yaml:\d: not readable as YAML"):
        settings.load()
