"""How often somebody without an account may ask for what costs us something: a mail, a stored file."""

import hashlib
from contextlib import suppress
from ipaddress import ip_address, ip_network

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

HOUR = 3600


def may(what: str, who: str, *, most: int, window: int = HOUR) -> bool:
    """Counts and looks in one step, so that many at once can't all be the last that may."""
    key = f"{what}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
    for _ in range(2):
        if cache.add(key, 1, window):
            return True
        with suppress(ValueError):  # the time ended between the two: the next one begins
            return cache.incr(key) <= most
    return False


def line_of(request: HttpRequest) -> str:
    """Whose line it is: one household or school has a whole network of the newer addresses (IPv6)."""
    address = get_adapter().get_client_ip(request)
    where = ip_address(address)
    return address if where.version == 4 else str(ip_network((address, 64), strict=False))
