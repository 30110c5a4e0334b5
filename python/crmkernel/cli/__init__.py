"""The command line: nouns, then verbs. Data goes to standard output, progress and errors to standard error.

Exit codes: 0 ok, 1 failure, 2 usage, 3 not found, 4 refused by a rule, also when an import refused some rows, 5 locked,
130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from .. import errors, start
from . import exits, language, terminal
from .arguments import parser
from .commands import run
from .language import say

_VALUES_WITH_DASH = ("--order",)
"""Options whose value may begin with a dash, as in `--order -name`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code."""
    terminal.occupy_streams()
    try:
        start.end()
        return _run(sys.argv[1:] if argv is None else argv)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.FAILURE
    except KeyboardInterrupt:
        terminal.note(say("interrupted", "已中断"))
        return exits.INTERRUPTED
    except errors.CrmError as error:
        return _failed(error)
    except OSError as error:
        where = f"{error.filename}: " if error.filename is not None else ""
        terminal.note(f"crmkernel: {where}{say(f'{error.strerror or error}', language.os_error(error))}")
        return exits.FAILURE
    except ImportError as error:
        terminal.note(f"crmkernel: {say(str(error), f'缺少组件 {error.name}')}")
        return exits.FAILURE


def _run(argv: Sequence[str]) -> int:
    terminal.prepare(None)
    words = _joined(argv)
    arguments = parser(words).parse_args(words)
    language.choose(arguments.lang)
    if sys.stdout is None:
        terminal.note(say("crmkernel: standard output is closed, nothing was done", "crmkernel: 标准输出已关闭，未执行任何操作"))
        return exits.FAILURE
    terminal.prepare("csv" if arguments.noun == "export" else arguments.format)
    code = run(arguments)
    sys.stdout.flush()
    return code


def _joined(argv: Sequence[str]) -> list[str]:
    """The words, where an option whose value may begin with a dash has it behind a `=`, as the parser needs it."""
    joined: list[str] = []
    for word in argv:
        if joined and joined[-1] in _VALUES_WITH_DASH:
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _failed(error: errors.CrmError) -> int:
    first, *rest = language.error_lines(error)
    terminal.note(f"crmkernel: {first} [{error.kind}]")
    for line in rest:
        terminal.note(f"  {line}")
    return exit_code(error)


def exit_code(error: errors.CrmError) -> int:
    """The exit code of an error."""
    if isinstance(error, errors.NotFoundError):
        return exits.NOT_FOUND
    if isinstance(error, errors.RuleError | errors.RightsError):
        return exits.REFUSED
    if isinstance(error, errors.LockedError):
        return exits.LOCKED
    if isinstance(error, errors.CallerError):
        return exits.USAGE
    return exits.FAILURE
