"""Local pages: is it alive, is it ready, what are the numbers. Nothing about anybody.

They read the store beside the engine, and never write. Loopback unless configured otherwise.

    /health    200 while the engine leaves signs of life and nothing is long overdue
    /ready     200 once it is prepared, its schema fits and its channels answer
    /metrics   for Prometheus, computed when asked
"""

from bot.web.pages import Watched, pages
from bot.web.server import hosting, listen, serving

__all__ = ["Watched", "hosting", "listen", "pages", "serving"]
