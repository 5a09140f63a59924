"""Mailed links that let somebody in: only their hash is kept, and no log tells the secret (S11).

Django writes an address down whenever it refuses one: too often, without the form's token, over. Some of
those links still work. deploy/nginx.conf has the same pages; a test holds them and our routes together.
"""

import hashlib
import logging
import re
import secrets

PAGES = (
    "invitations", "agreement", "invited", "become-a-hub-leader/open", "calendar", "f",
    "account/password/reset/key", "account/confirm-email",
)  # fmt: skip
_SECRET = re.compile(rf"(?<![\w/-])/({'|'.join(PAGES)})/[^\s\"'?]+")


def new_token() -> str:
    return secrets.token_urlsafe(24)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Formatter(logging.Formatter):
    """The page of such an address, without what stands behind it."""

    def format(self, record: logging.LogRecord) -> str:
        return _SECRET.sub(r"/\1/-", super().format(record))
