"""The address of a place in a chat, where the platform has one that can be made without asking it."""

#: Ids of Telegram's supergroups begin so; other groups have no addresses.
_SUPERGROUP = "-100"


def in_telegram(chat: str, message: str) -> str:
    """Of a topic or a message in a supergroup, for its members; empty where there is none."""
    if not chat.startswith(_SUPERGROUP) or not message.isdecimal():
        return ""
    return f"https://t.me/c/{chat.removeprefix(_SUPERGROUP)}/{message}"
