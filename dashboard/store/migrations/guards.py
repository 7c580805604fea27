"""Triggers that make a table append-only, for both databases; used by migrations only.

They are a guard rail against our own mistakes and a careless hand, not evidence: who owns the database can
drop them. What proves that nothing was changed is the evidence log.
"""

from __future__ import annotations

from alembic import op

_REFUSAL = "is append-only: record a correction instead"


def guard(table: str, *, key: tuple[str, ...] = ("id",), thinned: bool = False) -> None:
    """Refuse UPDATE and DELETE on the table; with `thinned`, DELETE passes while thinning is at work.

    `key` is the table's primary key.

    What thinning holds is a row in golive_thinning rather than a connection's setting: it works alike on both
    databases, and other connections never see it, because it is gone before thinning commits.
    """
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite(table, key=key, thinned=thinned)
    else:
        _guard_postgresql(table, thinned=thinned)


def _guard_sqlite(table: str, *, key: tuple[str, ...], thinned: bool) -> None:
    locked = "WHEN NOT EXISTS (SELECT 1 FROM golive_thinning)" if thinned else ""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} {_REFUSAL}'); END"
    op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
    op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {locked} {refuse}")
    # INSERT OR REPLACE would delete the old row without asking the trigger above.
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    again = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - our own names
    op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {again} {refuse}")


def _guard_postgresql(table: str, *, thinned: bool) -> None:
    locked = "NOT EXISTS (SELECT 1 FROM golive_thinning)" if thinned else "true"
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' AND NOT ({locked}) THEN RETURN OLD; END IF; "
        f"RAISE EXCEPTION '{table} {_REFUSAL}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
    )
