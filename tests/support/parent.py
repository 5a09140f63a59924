"""A child process that can't outlive its parent; imports nothing of the portal's."""

import ctypes
import signal
import sys

_DIE_WITH_PARENT = 1  # prctl's PR_SET_PDEATHSIG


def die_with_parent() -> None:
    """For Popen's preexec_fn: on Linux the child gets SIGTERM when the tests are killed hard."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)
