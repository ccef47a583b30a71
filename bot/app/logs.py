"""Logs: one JSON object a line, with ids and never a text of anybody."""

import logging
import sys

import structlog

#: Libraries that write tokens or message texts below this level.
TALKATIVE = ("telegram", "slack_bolt", "slack_sdk", "aiohttp", "uvicorn", "apscheduler", "alembic", "websockets")


def set_up(level: str) -> None:
    """Send structlog and the libraries' warnings to stderr as JSON."""
    line = '{"event": "%(name)s", "level": "%(levelname)s"}'
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format=line)
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
