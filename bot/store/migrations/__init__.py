"""Alembic's room. One file per revision in versions/, numbered; a released one never changes.

Nothing is released yet, so 0001 is still rewritten from bot/store/tables.py:
`python -m tests.tools.first_migration`. After the first release, add 0002 beside it. SQLite
can't alter a column: use `op.batch_alter_table`.
"""
