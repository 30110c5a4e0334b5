"""The command line: nouns, then verbs. Data goes to standard output, progress and errors to standard error.

Exit codes: 0 ok, 1 failure, 2 usage, 3 not found, 4 refused by a rule, 5 locked, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from .. import errors
from . import plugins
from .arguments import parser
from .commands import run

EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_NOT_FOUND = 3
EXIT_REFUSED = 4
EXIT_LOCKED = 5
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code."""
    arguments = parser().parse_args(argv)
    try:
        if arguments.noun == "plugin" and arguments.verb == "check":
            return 0 if plugins.check(arguments) else EXIT_FAILURE
        run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILURE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except errors.CrmError as error:
        return _failed(error)
    except (OSError, ImportError) as error:
        print(f"crmkernel: {error}", file=sys.stderr)
        return EXIT_FAILURE
    return 0


def _failed(error: errors.CrmError) -> int:
    print(f"crmkernel: {error.message} [{error.kind}]", file=sys.stderr)
    for note in getattr(error, "__notes__", []):
        print(f"  {note}", file=sys.stderr)
    return exit_code(error)


def exit_code(error: errors.CrmError) -> int:
    """The exit code of an error."""
    if isinstance(error, errors.NotFoundError):
        return EXIT_NOT_FOUND
    if isinstance(error, errors.RuleError | errors.RightsError):
        return EXIT_REFUSED
    if isinstance(error, errors.LockedError):
        return EXIT_LOCKED
    if isinstance(error, errors.CallerError):
        return EXIT_USAGE
    return EXIT_FAILURE
