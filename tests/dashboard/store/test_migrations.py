"""The migrations make exactly the tables that the code reads and writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

import dashboard.store
from dashboard.store.errors import StoreError
from dashboard.store.schema import SCHEMA, VERSION_TABLE, migrate
from dashboard.store.store import Store
from dashboard.store.tables import Base
from tests.dashboard.store.scene import opened


def test_the_migrated_schema_is_that_of_the_tables(store: Store) -> None:
    with store._database.reading() as session:
        context = MigrationContext.configure(
            session.connection(),
            opts={"compare_type": True, "target_metadata": Base.metadata, "version_table": VERSION_TABLE},
        )

        assert compare_metadata(context, Base.metadata) == []


def test_the_newest_step_is_the_one_the_code_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(dashboard.store.__file__).parent / "migrations"))

    assert ScriptDirectory.from_config(config).get_heads() == [SCHEMA]


def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    with opened(empty_url) as store:
        place = store._database
        with place.writing() as session:
            for table in ("golive_schema", "golive_identity"):
                session.execute(text(f"DROP TABLE {table}"))
        with pytest.raises(StoreError, match="already exists"):
            migrate(place, environment=store.environment, app_version="0.1.0")
        with place.reading() as session:
            left = session.connection().dialect.has_table(session.connection(), "golive_identity")

    assert not left


def test_importing_the_migrations_runs_nothing() -> None:
    import dashboard.store.migrations.env
    import dashboard.store.migrations.versions.schema_0001_first as first
    import dashboard.store.migrations.versions.schema_0002_events as second

    assert callable(dashboard.store.migrations.env.run)
    assert (first.revision, second.down_revision) == ("0001", "0001")
