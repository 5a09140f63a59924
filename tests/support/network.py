"""Nothing the tests start may talk to another machine (R25).

    python -m tests.support.network MODULE ARGUMENTS...   runs a module under the same rule

An audit hook and not a patched socket: it also sees code that took its `socket` before the tests began.
libpq and Chromium have sockets of their own; their addresses are ours to give (`browser_type_launch_args`).
"""

import ipaddress
import runpy
import socket
import sys
from pathlib import Path
from typing import Any

_LOCAL_NAMES = {None, "", "localhost", "localhost.localdomain", "ip6-localhost"}


class NetworkUseError(AssertionError):
    """Code under test tried to reach another machine."""


def _is_local(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(str(name).split("%")[0])
    except ValueError:
        return name == socket.gethostname()
    return address.is_loopback or address.is_unspecified


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        connection, address = arguments
        if connection.family in {socket.AF_INET, socket.AF_INET6} and address and not _is_local(address[0]):
            raise NetworkUseError(f"The tests may not reach {address[0]}.")
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"} and not _is_local(arguments[0]):
        raise NetworkUseError(f"The tests may not look up {arguments[0]}.")


def forbid() -> None:
    """For the rest of this process; a hook can't be taken back."""
    sys.addaudithook(_watch)


if __name__ == "__main__":
    forbid()
    del sys.argv[0]
    sys.path.insert(0, str(Path.cwd()))
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
