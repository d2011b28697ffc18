"""Runs a command with a new and empty session keyring, since Linux' keyrings are visible in every namespace.

    python own_keyring.py COMMAND [ARGUMENTS]

bubblewrap does not change the keyrings. So a program inside it could read what the login stored there: passwords of
network shares, Kerberos tickets, tokens. Only Python's own library is imported here, so that it starts quickly.
"""

import ctypes
import errno
import os
import platform
import sys

# The number of the system call `keyctl`, by machine.
_KEYCTL = {
    "x86_64": 250,
    "aarch64": 219,
    "riscv64": 219,
    "loongarch64": 219,
    "ppc64le": 271,
    "s390x": 280,
    "armv7l": 311,
}
_JOIN_SESSION_KEYRING = 1
_FORBIDDEN = (errno.ENOSYS, errno.EPERM, errno.EACCES)  # in a container without keyrings: then there is nothing to read


def join_new_session() -> None:
    """Give this process a new session keyring.

    Raises:
        OSError: that failed, and the old keyring would stay readable.
    """
    number = _KEYCTL.get(platform.machine())
    if number is None:
        raise OSError(
            f"Expected one of the machines {sorted(_KEYCTL)}. Received: {platform.machine()!r}. Grade on one of these."
        )
    library = ctypes.CDLL(None, use_errno=True)
    if library.syscall(number, _JOIN_SESSION_KEYRING, None) < 0 and ctypes.get_errno() not in _FORBIDDEN:
        raise OSError(ctypes.get_errno(), "could not make a new session keyring")


if __name__ == "__main__":
    join_new_session()
    os.execvp(sys.argv[1], sys.argv[1:])
