"""Open Badges 3.0: an award as a credential that other people's programs check (decision 0080).

Signed anew each time it is asked for, with the key of now: Ed25519 signs the same words always in the same
way, so nothing is kept. No context is fetched, and no person is named.
"""

import base64
import hashlib
import json
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse
from openbadgeslib import baking
from openbadgeslib.ob3 import (
    Achievement,
    IdentityObject,
    Issuer,
    OpenBadgeCredential,
    build_status_list_credential,
    status_entry,
)
from openbadgeslib.ob3.status_list import DEFAULT_SIZE_BITS

from awards.domain.certificates import public_url
from awards.models import Award
from psqm_portal.core.clock import end_of, start_of
from rounds.models import Level

NAME = "Primary Science Quality Mark"
# Awards in one list of those that don't hold any more.
LIST_SIZE = DEFAULT_SIZE_BITS
# How long somebody may go by a copy of that list.
LIST_LIFE = timedelta(days=1)
REFRESH = timedelta(minutes=5)
METALS = ("bronze", "silver", "gold")


# Keys ---------------------------------------------------------------------------------------------------


def is_on() -> bool:
    return bool(settings.BADGE_KEY)


def public_keys() -> dict[str, dict[str, str]]:
    """By their ids, the one that signs first; earlier ones still check what they signed."""
    keys = [_own_key().public_key().public_bytes_raw(), *map(_bytes, settings.BADGE_PUBLIC_KEYS)]
    return {jwk["kid"]: jwk for jwk in map(_jwk, keys)}


def _own_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_bytes(settings.BADGE_KEY))


def _jwk(public: bytes) -> dict[str, str]:
    bare = {"crv": "Ed25519", "kty": "OKP", "x": _base64(public)}
    thumbprint = hashlib.sha256(_json(bare)).digest()  # RFC 7638
    return {**bare, "kid": _base64(thumbprint), "alg": "EdDSA", "use": "sig"}


def sign(payload: dict[str, Any]) -> str:
    """A compact JWS. Its header leads to our page of the key; a key in the header would prove nothing."""
    key = _own_key()
    kid = _jwk(key.public_key().public_bytes_raw())["kid"]
    header = {"alg": "EdDSA", "typ": "JWT", "kid": _address("badge_key", kid)}
    signed = f"{_base64(_json(header))}.{_base64(_json(payload))}"
    return f"{signed}.{_base64(key.sign(signed.encode()))}"


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _bytes(key: str) -> bytes:
    return base64.urlsafe_b64decode(key + "=")


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _address(name: str, *args: Any) -> str:
    return f"{settings.PORTAL_ORIGIN}{reverse(name, args=args)}"


# What a badge says --------------------------------------------------------------------------------------


def issuer() -> dict[str, Any]:
    return {"@context": contexts(), **_issuer().to_dict()}


def _issuer() -> Issuer:
    return Issuer(
        id=_address("badge_issuer"), name=NAME, url=settings.PORTAL_ORIGIN, email=settings.SUPPORT_EMAIL
    )


def contexts() -> list[str]:
    return [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]


def achievement(level: Level) -> dict[str, Any]:
    """What a level stands for. Its page is for people, its ``.json`` for programs."""
    made = Achievement(
        id=_address("badge_level_file", level.pk, "json"),
        name=f"{NAME}: {level}",
        description=(
            f"Awarded to a school that meets the criteria of the {NAME} at the level {level} after a year’s"
            " work, reviewed by hub leaders from elsewhere."
        ),
        criteria_narrative="What the level asks for, criterion by criterion.",
        image_url=_address("badge_level_file", level.pk, "png"),
        achievement_type="Award",
    ).to_dict()
    made["criteria"]["id"] = _address("badge_level", level.pk)
    made["creator"] = _issuer().to_dict()
    made["image"]["caption"] = f"{level} medal with a beaker"
    return made


def credential(award: Award) -> dict[str, Any]:
    """The payload that is signed: the credential, with what a JSON Web Token says beside it."""
    names = [("name", award.school_name), *([("ext:urn", urn)] if (urn := award.school.urn) else [])]
    made = OpenBadgeCredential(
        id=_address("badge", award.number, "jwt"),
        issuer=_issuer(),
        recipient_id=f"{public_url(award)}#school",
        identifiers=[IdentityObject(value, kind, hashed=False) for kind, value in names],
        achievement=Achievement(id="-", name=f"{NAME}: {award.level}", description="", criteria_narrative=""),
        issuance_date=start_of(award.awarded_on),
        expiration_date=end_of(award.valid_until) - timedelta(seconds=1),
        credential_status=[
            status_entry(_list_url(award.pk // LIST_SIZE), "revocation", award.pk % LIST_SIZE)
        ],
    ).to_jwt_payload()
    made["credentialSubject"]["achievement"] = achievement(award.level)
    return made


def signed(award: Award) -> str:
    return sign(credential(award))


# Whether it still holds ---------------------------------------------------------------------------------


def _list_url(part: int) -> str:
    return _address("badge_status", part)


def status_list(part: int, *, now: datetime) -> str | None:
    """Which awards were revoked or superseded, signed; None where there is no such list."""
    first = part * LIST_SIZE
    rows = Award.objects.filter(pk__gte=first, pk__lt=first + LIST_SIZE)
    over = list(rows.exclude(status=Award.Status.CURRENT).values_list("pk", flat=True))
    if not over and not rows.exists():
        return None
    ends = now + LIST_LIFE
    made = build_status_list_credential(
        issuer()["id"],
        _list_url(part),
        "revocation",
        [pk - first for pk in over],
        issued=now,
        valid_until=ends,
        ttl=int(REFRESH.total_seconds() * 1000),
    )
    claims = {"iss": made["issuer"], "jti": made["id"]}
    return sign({**made, **claims, "nbf": int(now.timestamp()), "exp": int(ends.timestamp())})


# Pictures -----------------------------------------------------------------------------------------------


def metal_of(level: Level) -> str:
    """The level's own, or for one by another name that of its rank."""
    name = level.name.lower()
    return name if name in METALS else METALS[min(max(level.rank, 1), len(METALS)) - 1]


def static_file(name: str) -> Path:
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(name)
    return Path(found)


@lru_cache(maxsize=16)
def drawing(name: str) -> bytes:
    return static_file(f"awards/{name}").read_bytes()


def medal(level: Level, kind: str) -> bytes:
    """As ``svg``, or square as ``png``."""
    return drawing(f"{'medal' if kind == 'svg' else 'badge'}-{metal_of(level)}.{kind}")


def baked(award: Award, kind: str) -> bytes:
    """The medal with the credential inside, where programs for badges look for it."""
    token = signed(award)
    if kind == "png":
        return baking.bake_png(medal(award.level, kind), token, keyword=baking.ITXT_KEYWORD_OB3)
    return baking.bake_svg(
        medal(award.level, kind), token, element=baking.SVG_ELEMENT_OB3, namespace=baking.SVG_NS_OB3
    )
