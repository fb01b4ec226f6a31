"""Structured logs on standard error: one event per line, structlog and the standard library alike."""

from __future__ import annotations

import importlib.metadata
import logging
import sys
from typing import Literal

from services.common.runtime.lean_imports import without

# Tracebacks are plain here; rich's would bring along pygments, which is a tenth of a second of CPU.
with without("rich"):
    import structlog
    from structlog.typing import EventDict, Processor, WrappedLogger

_CHATTY = ("alembic", "nats", "asyncio", "httpx", "sqlalchemy.engine")


def configure_logs(service: str, level: str = "info", form: Literal["console", "json"] = "console") -> None:
    """Sends every log line of the process to standard error, with fields `service` and `version`."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _ServiceFields(service, version()),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_rendering(form))
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger for one module: `_log = get_logger(__name__)`. Usable before `configure_logs`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def version() -> str:
    """The installed version of Tidemark."""
    try:
        return importlib.metadata.version("tidemark")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


class _ServiceFields:
    """Adds the same fields to every line, without a context variable look-up."""

    def __init__(self, service: str, version_text: str) -> None:
        self._fields = {"service": service, "version": version_text}

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.update(self._fields)
        return event


def _rendering(form: str) -> list[Processor]:
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if form == "json":
        return [strip, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [
        strip,
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        ),
    ]
