"""Brings a database to the newest schema at start, whole or not at all."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from services.common.runtime.lean_imports import without
from services.common.runtime.logs import get_logger
from services.common.runtime.startup import StartupRefusedError

# Templates' error pages would bring pygments along, with its lexers of ten languages.
with without("mako.ext.pygmentplugin"):
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.util import CommandError

_log = get_logger(__name__)

_ENVIRONMENT = Path(__file__).parent / "migrations"
# Any constant will do; it must be the same in every process that migrates.
_ADVISORY_LOCK = 7_364_200_513


def migrate(engine: Engine, migrations: str) -> None:
    """Runs the Alembic versions in `<migrations>/versions` up to the newest.

    `migrations` is a package path, `services.catalog.adapters.migrations`. All
    steps happen in one transaction; on PostgreSQL an advisory lock lets one
    process at a time migrate. Raises StartupRefusedError where the database is
    ahead of this program, or the package has no versions.
    """
    config = _config(_versions_folder(migrations))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        before = current_revision(connection)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StartupRefusedError(
                f"the database schema (revision {before}) does not fit this program: {error}; "
                "start the version of the program that wrote it, or a newer one"
            ) from error
        after = current_revision(connection)
    if before != after:
        _log.info("database migrated", before=before or "empty", after=after, migrations=migrations)


def current_revision(connection: Connection) -> str | None:
    """The revision a database stands at; None for one never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


def _versions_folder(migrations: str) -> Path:
    spec = importlib.util.find_spec(migrations)
    for location in (spec.submodule_search_locations or []) if spec else []:
        versions = Path(location) / "versions"
        if versions.is_dir():
            return versions
    raise StartupRefusedError(f"no database migrations in {migrations}: the installation is incomplete")


def _config(versions: Path) -> Config:
    config = Config()
    # Alembic's options go through configparser, which reads % as its own sign.
    config.set_main_option("script_location", str(_ENVIRONMENT).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(versions).replace("%", "%%"))
    return config
