"""What alembic asks for before it runs a step: the connection that `dashboard.store.schema` has opened.

It opens nothing itself: the transaction, and the lock that lets only one process migrate, are the caller's.
"""

from __future__ import annotations

from alembic import context

from dashboard.store.schema import VERSION_TABLE
from dashboard.store.tables import Base


def run() -> None:
    """Run the steps that alembic has chosen, on the caller's connection."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        version_table=VERSION_TABLE,
    )
    context.run_migrations()


# Alembic executes this file under this name; an import of the package must not run anything.
if __name__ == "env_py":
    run()
