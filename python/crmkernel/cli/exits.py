"""The exit codes of the command line."""

FAILURE = 1
USAGE = 2
NOT_FOUND = 3
REFUSED = 4
"""A rule refused a change, or an import refused some or all of its rows."""
LOCKED = 5
INTERRUPTED = 130
