"""Runs a command with a session keyring of its own, new and empty: the kernel's keyrings pass through every namespace.

    python own_keyring.py COMMAND [ARGUMENTS]

bubblewrap leaves the keyrings alone, so that a program behind it could read what the login put there: passwords of
network shares, Kerberos tickets, tokens. Nothing but Python's own library is imported, so that it starts at once.
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
_FORBIDDEN = (errno.ENOSYS, errno.EPERM, errno.EACCES)  # a container without keyrings: none behind the walls, too


def join_new_session():
    """Give this process a new session keyring. Raises OSError where that fails and the old one would stay readable."""
    number = _KEYCTL.get(platform.machine())
    if number is None:
        raise OSError(f"Expected one of the machines {sorted(_KEYCTL)}. Received: {platform.machine()!r}.")
    library = ctypes.CDLL(None, use_errno=True)
    if library.syscall(number, _JOIN_SESSION_KEYRING, None) < 0 and ctypes.get_errno() not in _FORBIDDEN:
        raise OSError(ctypes.get_errno(), "no new session keyring could be made")


if __name__ == "__main__":
    join_new_session()
    os.execvp(sys.argv[1], sys.argv[1:])
