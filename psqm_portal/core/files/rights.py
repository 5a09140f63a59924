"""Who may read a stored file. An app that attaches files registers who reads them; no reader, no file."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from psqm_portal.core.models import StoredFile

if TYPE_CHECKING:
    from accounts.models import User

Reader = Callable[["User", StoredFile], bool]

_readers: list[Reader] = []


def reader(may_read: Reader) -> Reader:
    if may_read not in _readers:
        _readers.append(may_read)
    return may_read


def may_read(user: "User", stored: StoredFile) -> bool:
    return any(reads(user, stored) for reads in _readers)
