"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from types import TracebackType
from typing import Any, BinaryIO, Generic, Self, TextIO, TypeVar, overload

_File = TypeVar("_File", TextIO, BinaryIO)


class WholeFile(Generic[_File]):
    """A file that has its name when the block ends without an error, in the place of whatever had it.

    It is made at once, beside the name and with this mode or what the process gives its new files, so that a name that cannot be
    written is known before the work. A device or a pipe is written as it is. A link is followed. Without an encoding it takes bytes.
    With `replace=False` a name that is taken is a FileExistsError, at once or when the block ends.
    """

    @overload
    def __init__(
        self: WholeFile[TextIO],
        path: str | os.PathLike[str],
        *,
        mode: int | None = None,
        encoding: str = "utf-8-sig",
        replace: bool = True,
    ) -> None: ...
    @overload
    def __init__(
        self: WholeFile[BinaryIO],
        path: str | os.PathLike[str],
        *,
        mode: int | None = None,
        encoding: None,
        replace: bool = True,
    ) -> None: ...
    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        mode: int | None = None,
        encoding: str | None = "utf-8-sig",
        replace: bool = True,
    ) -> None:
        self._path = self._name = os.path.realpath(path)
        self._replaces = replace
        if not replace and os.path.lexists(path):
            raise _exists(path)
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
        opened: Any = open(number, "wb") if encoding is None else open(number, "w", encoding=encoding, newline="")
        self._file: _File = opened

    @property
    def file(self) -> _File:
        """What is written to; lines of text end as they are given."""
        return self._file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            with self._file:
                if kind is None and self._name != self._path:
                    # On the disk before it takes a place, lest a power cut leave neither the old file nor the new one.
                    self._file.flush()
                    os.fsync(self._file.fileno())
            if kind is None and self._name != self._path:
                self._place()
        finally:
            if self._name != self._path and os.path.lexists(self._name):
                os.unlink(self._name)

    def _place(self) -> None:
        """Gives the file its name. A link, unlike a renaming, never takes the place of a file that appeared meanwhile."""
        if not self._replaces:
            try:
                os.link(self._name, self._path)
                return
            except FileExistsError:
                raise _exists(self._path) from None
            except OSError:  # Some file systems have no links.
                if os.path.lexists(self._path):
                    raise _exists(self._path) from None
        os.replace(self._name, self._path)


def _exists(path: str | os.PathLike[str]) -> FileExistsError:
    return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(path))


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
