"""Brings a database to the schema that this golive knows, and refuses one that is not ours to touch.

Only one process migrates at a time: SQLite by its write lock, PostgreSQL by an advisory lock; whoever waited
looks again and finds it done. A migration is one transaction, so a killed one leaves the old schema.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlmodel import Session, col, select, update

from collectors.observation import Environment
from dashboard.store.answering import unhurried
from dashboard.store.database import Database
from dashboard.store.errors import (
    NewerSchemaError,
    NotAStoreError,
    StoreDamagedError,
    StoreMissingError,
    WrongEnvironmentError,
)
from dashboard.store.tables import IdentityRow

SCHEMA: Final = "0013"
"""The newest step in `migrations/versions`; a test holds the two together."""

STARTERS: Final = {Environment.LIVE: "golive serve", Environment.REHEARSAL: "golive"}
"""The command that makes the store of an environment."""

VERSION_TABLE: Final = "golive_schema"

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
ADVISORY_LOCK: Final = 0x676F6C697665  # "golive"
_ONLY: Final = 1


def prepare(database: Database, *, environment: Environment, app_version: str, create: bool) -> None:
    """Migrate if need be, and sign the database with the version that opened it.

    The signature is also the proof that the database can be written: a read-only or full one is refused
    here, not at the first observation.
    """
    with database.reading() as session:
        refuse_other_encoding(session, database)
        refuse_foreign(session, database)
        found = version(session)
        if found is None and not create:
            raise StoreMissingError(
                f"Got no tables of golive at {database.place}, expected a store; start "
                f"`{STARTERS[environment]}` once, "
                "or mend the address."
            )
        refuse_newer(session, found, place=database.place)
    if database.is_sqlite:  # only now: another program's file is left as it is
        database.write_ahead()
    if found != SCHEMA:
        migrate(database, environment=environment, app_version=app_version)
    with database.writing() as session:
        _sign(session, database, environment=environment, app_version=app_version)
    if database.is_sqlite:
        database.keep_open()


def migrate(database: Database, *, environment: Environment, app_version: str) -> None:
    """Run the missing steps in one transaction; does nothing when another process has just done it."""
    with database.writing() as session, unhurried(session):
        if not database.is_sqlite:
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        found = version(session)
        refuse_newer(session, found, place=database.place)
        if found != SCHEMA:
            upgrade(session.connection(), SCHEMA)
        if found is None:
            session.add(IdentityRow(id=_ONLY, environment=environment.value, opened_by=app_version))


def upgrade(connection: Connection, to: str) -> None:
    """Run the steps that lead to this schema, in the transaction of whoever calls."""
    # Only a migration needs alembic, and it is slow to import.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def version(session: Session) -> str | None:
    """The schema that the database is at, or None where golive has never been."""
    connection = session.connection()
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def opened_by(session: Session) -> str | None:
    """The version of golive that opened the database last."""
    return session.exec(select(IdentityRow.opened_by)).first()


def refuse_other_encoding(session: Session, database: Database) -> None:
    """Raise `NotAStoreError` where PostgreSQL would not keep every text as it is."""
    if database.is_sqlite:
        return
    found = session.execute(text("SELECT getdatabaseencoding()")).scalar_one()
    if found != "UTF8":
        raise NotAStoreError(
            f"Got a database in {found} at {database.place}, expected UTF8; make another one: "
            "createdb -E UTF8 -T template0 NAME."
        )


def refuse_foreign(session: Session, database: Database) -> None:
    """Raise `NotAStoreError` where a file is another program's."""
    # A PostgreSQL database may be shared, which is why our tables have a prefix; a file is ours or is not.
    tables = inspect(session.connection()).get_table_names() if database.is_sqlite else []
    if tables and VERSION_TABLE not in tables:
        raise NotAStoreError(
            f"Got a database with the tables of another program ({', '.join(sorted(tables)[:3])}) at "
            f"{database.place}, expected golive's; choose another file."
        )


def refuse_newer(session: Session, found: str | None, *, place: str) -> None:
    """Raise `NewerSchemaError` where a newer golive has been at work."""
    if found is not None and found > SCHEMA:
        raise NewerSchemaError(
            f"Got schema {found} at {place}, last opened by golive {opened_by(session)}, expected {SCHEMA} "
            "or older; use that golive or a newer one, or another database."
        )


def _sign(session: Session, database: Database, *, environment: Environment, app_version: str) -> None:
    found = session.exec(select(IdentityRow.environment)).first()
    if found is None:
        raise StoreDamagedError(
            f"Got a store without its identity at {database.place}, expected one; restore it from a backup."
        )
    if found != environment.value:
        raise WrongEnvironmentError(
            f"Got a store of the {found} environment at {database.place}, expected {environment.value}; "
            f"use another database for {environment.value}."
        )
    session.execute(update(IdentityRow).where(col(IdentityRow.id) == _ONLY).values(opened_by=app_version))
