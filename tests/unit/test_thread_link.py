"""Addresses of threads."""

import pytest

from bot.core.thread_link import in_telegram


@pytest.mark.parametrize(
    ("chat", "message", "link"),
    [
        ("-1002000000101", "55", "https://t.me/c/2000000101/55"),
        # A small group has no addresses, and neither has what was not sent yet.
        ("-4123", "55", ""),
        ("-1002000000101", "", ""),
    ],
)
def test_a_supergroup_has_addresses(chat: str, message: str, link: str) -> None:
    """Members reach the topic or message by it."""
    assert in_telegram(chat, message) == link
