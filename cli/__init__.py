"""The `guildhall` command: one file per verb; it speaks to a running Guildhall over HTTP."""


class Failed(Exception):
    """The command cannot go on; the text is the one line its user reads. Exit code 1."""
