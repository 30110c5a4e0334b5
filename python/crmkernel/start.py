"""Ctrl-C while the command line is being loaded.

Loading takes a tenth of a second, in which Python would answer Ctrl-C with a traceback out of an import. So the first thing
that the package does, when the program is the command line, is to let Ctrl-C end it with the code of an interrupt.
"""

from __future__ import annotations

import os
import signal
import sys

INTERRUPTED = 130


def is_command_line() -> bool:
    """Whether the program is `crmkernel` or `python -m crmkernel`."""
    program = sys.argv[0] if sys.argv else ""
    if program == "-m":
        words = sys.orig_argv
        return any(word == "-m" and following == "crmkernel" for word, following in zip(words, words[1:], strict=False))
    return os.path.basename(program).removesuffix(".exe") == "crmkernel"


def begin() -> None:
    """Lets Ctrl-C end the process, when it is the command line and nobody else has a say about Ctrl-C."""
    if is_command_line() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


def end() -> None:
    """From here on Ctrl-C is an exception again."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _leave(number: int, frame: object) -> None:
    os._exit(INTERRUPTED)
