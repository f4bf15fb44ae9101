"""The command line, one module per subject. They work beside a running `run`: none claims the
database; what they change is one transaction, and the running engine sees it in its next turn."""
