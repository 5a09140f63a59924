"""Who may read a stored file. An app that attaches files registers who reads them; no reader, no file.

The same bytes of one owner are one file, wherever they are attached: a veto closes it everywhere.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from psqm_portal.core.models import StoredFile

if TYPE_CHECKING:
    from accounts.models import User

Reader = Callable[["User", StoredFile], bool]

Veto = Callable[[StoredFile], bool]

_readers: list[Reader] = []
_vetoes: list[Veto] = []


def reader(may_read: Reader) -> Reader:
    if may_read not in _readers:
        _readers.append(may_read)
    return may_read


def veto(closed: Veto) -> Veto:
    if closed not in _vetoes:
        _vetoes.append(closed)
    return closed


def may_read(user: "User", stored: StoredFile) -> bool:
    return any(reads(user, stored) for reads in _readers) and not any(closed(stored) for closed in _vetoes)
