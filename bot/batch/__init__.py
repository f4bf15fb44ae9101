"""The working set of one turn: what the waiting events need, stepped in memory, written once.

Everything that an event changes goes through `Batch`, which keeps a journal, so that an event that
raises can be undone without touching its neighbours. Rows are written table by table with
executemany.
"""

from bot.batch.loading import Loading
from bot.batch.rows import Address, Instance, Key, Someone, Timer, TimerKey
from bot.batch.writing import Writing

__all__ = ["Address", "Batch", "Instance", "Key", "Someone", "Timer", "TimerKey"]


class Batch(Loading, Writing):
    """One turn's view of the store. Not shared, not reused."""
