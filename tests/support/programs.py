"""Programs of the machine that the tests use where they are."""

import shutil
from functools import cache

_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@cache
def find_chromium() -> str | None:
    return next((path for name in _CHROMIUMS if (path := shutil.which(name))), None)
