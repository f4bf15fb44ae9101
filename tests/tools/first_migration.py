"""Rewrites the first migration from bot/store/tables.py: `python -m tests.tools.first_migration`.

Only until the first release: after it, databases exist that were made by it.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations.ops import UpgradeOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from bot.store import migrate
from bot.store.tables import metadata

FILE = migrate.FOLDER / "versions" / "0001_first.py"

HEAD = '''\
"""The first schema. Generated from bot/store/tables.py until the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
'''
FOOT = '''

def downgrade() -> None:
    """There is none: a schema without what people said isn't an older one. Restore a copy."""
    raise NotImplementedError
'''


def rendered() -> str:
    """The whole file as it should be, formatted."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        ops = produce_migrations(context, metadata).upgrade_ops
        assert ops is not None
        body = _body(ops, context)
    return _formatted(HEAD + body + FOOT)


def _body(ops: UpgradeOps, context: MigrationContext) -> str:
    text = render_python_code(ops, migration_context=context)
    lines = [line for line in text.splitlines() if not line.strip().startswith("# ###")]
    return "\n".join(f"    {line.strip()}" if line.strip() else "" for line in lines) + "\n"


def _formatted(source: str) -> str:
    beside = Path(sys.executable).parent / "ruff"
    ruff = str(beside) if beside.exists() else shutil.which("ruff")
    assert ruff, "ruff is not installed"
    command = [ruff, "format", "--stdin-filename", str(FILE), "-"]
    return subprocess.run(command, input=source, text=True, check=True, capture_output=True).stdout


def main() -> None:
    FILE.write_text(rendered(), "utf-8")
    print(f"{FILE} rewritten. Databases made before are now of no known shape: delete them.")  # noqa: T201


if __name__ == "__main__":
    main()
