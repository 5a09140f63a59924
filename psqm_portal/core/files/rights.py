"""Who may read a stored file. An app that attaches files registers who reads them; no reader, no file.

The same bytes of one owner are one file, wherever they are attached: a veto closes it everywhere.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from psqm_portal.core.models import StoredFile

if TYPE_CHECKING:
    from accounts.models import User

Reader = Callable[["User", StoredFile], bool]

Veto = Callable[[StoredFile], bool]

# A file that is handed out → lines of the log: (action, about).
Watch = Callable[[StoredFile], Iterable[tuple[str, str]]]

_readers: list[Reader] = []
_vetoes: list[Veto] = []
_watches: list[Watch] = []


def reader(may_read: Reader) -> Reader:
    if may_read not in _readers:
        _readers.append(may_read)
    return may_read


def veto(closed: Veto) -> Veto:
    if closed not in _vetoes:
        _vetoes.append(closed)
    return closed


def watched(watch: Watch) -> Watch:
    """Register what the log says each time when a file is handed out (S33)."""
    if watch not in _watches:
        _watches.append(watch)
    return watch


def told_of(stored: StoredFile) -> list[tuple[str, str]]:
    return [line for watch in _watches for line in watch(stored)]


def may_read(user: "User", stored: StoredFile) -> bool:
    return any(reads(user, stored) for reads in _readers) and not any(closed(stored) for closed in _vetoes)
