"""Keys that sign Open Badges: 32 bytes in base64url, made by ``secrets.token_urlsafe(32)``."""

import re
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

_WRITTEN = re.compile(r"[A-Za-z0-9_-]{43}")


def is_key(text: str) -> bool:
    return bool(_WRITTEN.fullmatch(text))


def own_key(path: Path) -> str:
    """The demonstration's and the tests' key, made once in their folder however many ask at once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Readable by its owner alone, and there only when it is whole.
        with tempfile.NamedTemporaryFile("w", dir=path.parent) as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            with suppress(FileExistsError):
                path.hardlink_to(file.name)
    return path.read_text()
