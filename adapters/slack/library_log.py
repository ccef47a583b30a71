"""The log of slack_bolt and slack_sdk: warnings only, without what they would tell too much about."""

import logging
import re

_SECRET = re.compile(r"(ticket=|xox[a-z]-|xapp-)[^\s&'\")]+")


class _NoSecrets(logging.Filter):
    """A failed connection is logged with its address, which holds the ticket that opens it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _SECRET.sub(r"\1…", record.getMessage())
        record.args = None
        record.exc_info = None
        record.exc_text = None
        return True


def library_logger() -> logging.Logger:
    """The level stands on this very logger: at NOTSET slack_sdk prepares its debug lines, message texts included."""
    logger = logging.getLogger("csobot.slack.library")
    logger.setLevel(logging.WARNING)
    if not logger.filters:
        logger.addFilter(_NoSecrets())
    return logger
