"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from types import TracebackType
from typing import Self, TextIO


class WholeFile:
    """A text file that has its name when the block ends without an error, in the place of whatever had it.

    It is made at once, beside the name and with this mode or what the process gives its new files, so that a name that cannot be
    written is known before the work. A device or a pipe is written as it is. A link is followed.
    """

    def __init__(self, path: str | os.PathLike[str], *, mode: int | None = None, encoding: str = "utf-8-sig") -> None:
        self._path = self._name = os.path.realpath(path)
        if _is_whole(path):
            self._name = f"{self._path}-new-{os.getpid()}-{secrets.token_hex(8)}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
            with _told_as(path):
                number = os.open(self._name, flags, 0o666 if mode is None else mode & 0o666)
            if mode is not None:
                os.chmod(self._name, stat.S_IMODE(mode))
        else:
            with _told_as(path):
                number = os.open(path, os.O_WRONLY)
        self._file = open(number, "w", encoding=encoding, newline="")

    @property
    def file(self) -> TextIO:
        """What the text is written to; lines end as they are given."""
        return self._file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self._file.close()
            if kind is None and self._name != self._path:
                os.replace(self._name, self._path)
        finally:
            if self._name != self._path and os.path.lexists(self._name):
                os.unlink(self._name)


def _is_whole(path: str | os.PathLike[str]) -> bool:
    """Whether the name is a file's or free: what is something else, such as a pipe, is not replaced."""
    try:
        found = os.stat(path).st_mode
    except OSError:
        return True
    if stat.S_ISDIR(found):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    return stat.S_ISREG(found)


class _told_as:
    """Names in an error the file that was asked for."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.fspath(path)

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, OSError):
            error.filename = self._path
