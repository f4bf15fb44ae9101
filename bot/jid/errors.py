"""Why a file or a secret of a partnership is refused."""


class JidError(Exception):
    """Says what happened, what it means, and what to do. Never a name, a number or a secret."""
