"""What the portal's own log says of an address that lets somebody in: the page, never the secret (S11).

Django writes an address down whenever it refuses one: too often, without the form's token, over. Some of
those links still work. deploy/nginx.conf has the same pages; a test holds them and our routes together.
"""

import logging
import re

PAGES = (
    "invitations", "agreement", "invited", "become-a-hub-leader/open", "calendar", "f",
    "account/password/reset/key", "account/confirm-email",
)  # fmt: skip
_SECRET = re.compile(rf"(?<![\w/-])/({'|'.join(PAGES)})/[^\s\"'?]+")


class Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return _SECRET.sub(r"/\1/-", super().format(record))
