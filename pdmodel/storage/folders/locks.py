"""One process at a time in a result folder; the lock of a process that died is free."""

from __future__ import annotations

import errno
import os
import platform
from pathlib import Path
from typing import Any

from pdmodel.errors import InputError

LOCK = ".pdmodel.lock"
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS}
"""What file systems say that know no locks; there is none to take then."""

fcntl: Any
try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None


class Lock:
    """A lock on a folder, held until it is released or the process ends.

    Parameters
    ----------
    folder
        It must be there.
    words
        The folder as the user named it.

    Raises
    ------
    InputError
        If another run writes there; it says which process, on which computer.
    OSError
        If the folder cannot be written to.
    """

    def __init__(self, folder: Path, words: str) -> None:
        self.file = folder / LOCK
        self._descriptor: int | None = self._open(words)

    def _open(self, words: str) -> int:
        while True:
            descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                _hold(descriptor)
            except OSError as error:
                holder = os.read(descriptor, 200).decode("utf-8", "replace").strip()
                os.close(descriptor)
                raise _busy(words, holder) from error
            # whoever held it before may have removed the file meanwhile, and a third made it anew
            if self._is_ours(descriptor):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, f"process {os.getpid()} on {platform.node()}".encode())
                return descriptor
            os.close(descriptor)

    def _is_ours(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), os.stat(self.file))
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Let others in, and leave no file behind."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        try:
            self.file.unlink(missing_ok=True)
        except OSError:
            pass  # the folder has gone or was locked up; the lock goes with the descriptor
        finally:
            os.close(descriptor)


def free_stale(folder: Path) -> None:
    """Remove the lock that a process left which was killed; that of a living one stays."""
    if (folder / LOCK).is_file():
        try:
            Lock(folder, str(folder)).release()
        except (InputError, OSError):
            return


def _hold(descriptor: int) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise


def _busy(words: str, holder: str) -> InputError:
    return InputError(
        f"folder {words} is being written to by {holder or 'another process'}; wait until it ends, "
        "or choose another --out"
    )
