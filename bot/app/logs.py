"""Logs: one JSON object a line, with ids and never a text of anybody."""

import json
import logging
import sys

import structlog

#: Libraries that write tokens or message texts below this level.
TALKATIVE = ("telegram", "slack_bolt", "slack_sdk", "aiohttp", "uvicorn", "apscheduler", "alembic", "websockets")


class NameOnly(logging.Formatter):
    """A library's line without its words, which may hold tokens and texts: who, how bad, and the kind of error."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object."""
        kind = record.exc_info[0] if record.exc_info else None
        error = {"error": kind.__name__} if kind else {}
        return json.dumps({"event": record.name, "level": record.levelname.lower(), **error})


def set_up(level: str) -> None:
    """Send structlog and the libraries' warnings to stderr as JSON."""
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(NameOnly())
    logging.basicConfig(level=logging.WARNING, handlers=[libraries])
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
