"""Open Badges: checked with other libraries than the one that makes them; no network is reached."""

import base64
import gzip
import io
import json
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from joserfc import jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError
from joserfc.jwk import OKPKey
from joserfc.jwt import JWTClaimsRegistry
from lxml import etree
from PIL import Image

from accounts.models import User
from awards.domain import awarding, badges
from awards.models import Award
from psqm_portal.settings.badge_keys import is_key, own_key
from psqm_portal.settings.environment import read_environment
from tests import factories
from tests.awards import helpers, holding
from tests.factories import NOW

# RFC 9864 (October 2025) calls the algorithm "Ed25519"; programs for badges know it as "EdDSA".
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:EdDSA is deprecated")]


def get(url: str, **extra):
    return Client().get(urlsplit(url).path, **extra)


def token_of(award: Award) -> str:
    response = Client().get(reverse("badge", args=[award.number, "jwt"]))
    assert response.status_code == 200
    return response.content.decode()


def header_of(token: str) -> dict:
    return json.loads(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))


def verified(token: str) -> dict:
    """As a stranger checks it: the key's page is the one that the header names, and lies at our origin."""
    header = header_of(token)
    assert header["alg"] == "EdDSA"
    assert header["kid"].startswith("http://localhost/badges/keys/")
    key = OKPKey.import_key(get(header["kid"]).json())
    return jwt.decode(token, key, algorithms=["EdDSA"]).claims


def bit(award: Award) -> bool:
    """What the status list says, read by the words of the specification."""
    entry = verified(token_of(award))["credentialStatus"]
    assert (entry["type"], entry["statusPurpose"]) == ("BitstringStatusListEntry", "revocation")
    listed = verified(get(entry["statusListCredential"]).content.decode())
    assert listed["id"] == entry["statusListCredential"]
    assert listed["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    encoded = listed["credentialSubject"]["encodedList"]
    assert encoded[0] == "u"
    bits = gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))
    assert len(bits) == 16 * 1024
    index = int(entry["statusListIndex"])
    return bool(bits[index // 8] >> (7 - index % 8) & 1)


def test_it_is_a_credential_of_open_badges_3_about_the_school():
    award = holding.award(factories.school(name="Oak Primary", urn="123456"))
    told = verified(token_of(award))
    page = f"http://localhost/certificates/{award.number}/"
    level = f"http://localhost/badges/levels/{award.level_id}"
    assert told["@context"][:2] == badges.contexts()
    assert told["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert told["id"] == told["jti"] == f"{page}badge.jwt"
    assert told["name"] == "Primary Science Quality Mark: Bronze"
    assert told["iss"] == told["issuer"]["id"] == "http://localhost/badges/issuer.json"
    assert told["issuer"]["type"] == ["Profile"]
    # London's days: the first instant of one, the last second of the other, both in summer time.
    assert (told["validFrom"], told["validUntil"]) == ("2025-09-09T23:00:00Z", "2028-09-10T22:59:59Z")
    assert told["nbf"] == int(datetime(2025, 9, 9, 23, tzinfo=UTC).timestamp())
    assert told["exp"] == int(datetime(2028, 9, 10, 22, 59, 59, tzinfo=UTC).timestamp())
    subject = told["credentialSubject"]
    assert subject["id"] == told["sub"] == f"{page}#school"
    assert subject["type"] == ["AchievementSubject"]
    assert [(one["identityType"], one["identityHash"], one["hashed"]) for one in subject["identifier"]] == [
        ("name", "Oak Primary", False),
        ("ext:urn", "123456", False),
    ]
    achievement = subject["achievement"]
    assert achievement["id"] == f"{level}.json"
    assert achievement["type"] == ["Achievement"]
    assert achievement["criteria"]["id"] == f"{level}/"
    assert achievement["image"] == {
        "id": f"{level}.png", "type": "Image", "caption": "Bronze medal with a beaker",
    }  # fmt: skip
    assert all(achievement[name] for name in ("name", "description"))


def test_each_address_in_it_is_there():
    award = holding.award()
    told = verified(token_of(award))
    achievement = told["credentialSubject"]["achievement"]
    for address in (
        told["id"],
        told["issuer"]["id"],
        achievement["id"],
        achievement["criteria"]["id"],
        achievement["image"]["id"],
        told["credentialStatus"]["statusListCredential"],
        f"{told['issuer']['url']}/badges/keys.json",
    ):
        assert get(address).status_code == 200, address
    assert get(told["issuer"]["id"]).json()["id"] == told["issuer"]["id"]
    assert get(achievement["id"]).json()["name"] == achievement["name"]
    assert get(achievement["image"]["id"]).headers["Content-Type"] == "image/png"


def test_cryptography_alone_says_so_too_and_no_sign_of_it_can_be_changed():
    award = holding.award()
    head, body, signature = token_of(award).split(".")
    x = get(header_of(f"{head}.")["kid"]).json()["x"]
    key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "="))
    sign = base64.urlsafe_b64decode(signature + "==")
    key.verify(sign, f"{head}.{body}".encode())
    told = json.loads(base64.urlsafe_b64decode(body + "=="))
    told["credentialSubject"]["achievement"]["name"] = "Primary Science Quality Mark: Gold"
    forged = base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()
    with pytest.raises(InvalidSignature):
        key.verify(sign, f"{head}.{forged}".encode())
    with pytest.raises(BadSignatureError):
        verified(f"{head}.{forged}.{signature}")


def test_an_expired_one_is_told_apart():
    claims = verified(token_of(holding.award()))
    last, over = datetime(2028, 9, 10, 22, 0, tzinfo=UTC), datetime(2028, 9, 10, 23, 1, tzinfo=UTC)
    JWTClaimsRegistry(now=int(last.timestamp())).validate(claims)
    with pytest.raises(ExpiredTokenError):
        JWTClaimsRegistry(now=int(over.timestamp())).validate(claims)


def test_revoked_and_superseded_ones_are_on_the_list_and_only_they():
    awards = [holding.award() for _ in range(3)]
    assert [bit(award) for award in awards] == [False, False, False]
    awarding.revoke(awards[0], reason="By mistake.", by=factories.hq(), now=NOW)
    Award.objects.filter(pk=awards[2].pk).update(status=Award.Status.SUPERSEDED)
    assert [bit(award) for award in awards] == [True, False, True]


def test_an_old_copy_of_the_list_runs_out_and_there_are_no_others():
    award = holding.award()
    with time_machine.travel(NOW, tick=False):
        claims = verified(get(reverse("badge_status", args=[award.pk // badges.LIST_SIZE])).content.decode())
    assert claims["exp"] - claims["nbf"] == 24 * 3600
    assert claims["credentialSubject"]["ttl"] == 300_000
    assert get(reverse("badge_status", args=[award.pk // badges.LIST_SIZE + 1])).status_code == 404


def test_the_credential_is_inside_both_pictures():
    award = holding.award()
    token = token_of(award)
    png = Client().get(reverse("badge", args=[award.number, "png"])).content
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.text["openbadgecredential"] == token
        assert picture.size == (600, 600)
    svg = Client().get(reverse("badge", args=[award.number, "svg"])).content
    found = etree.fromstring(svg).findall("{https://purl.imsglobal.org/ob/v3p0}credential")
    assert [one.get("verify") for one in found] == [token]
    assert Client().get(reverse("badge", args=[award.number, "gif"])).status_code == 404


def test_after_a_change_of_key_old_badges_are_still_checked_with_the_old_one(settings):
    award = holding.award()
    old, old_x = token_of(award), next(iter(badges.public_keys().values()))["x"]
    settings.BADGE_KEY = "A" * 42 + "E"
    assert get(header_of(old)["kid"]).status_code == 404
    settings.BADGE_PUBLIC_KEYS = [old_x]
    new = token_of(award)
    assert header_of(new)["kid"] != header_of(old)["kid"]
    assert verified(old) == verified(new)
    published = Client().get(reverse("badge_keys")).json()["keys"]
    assert [one["x"] for one in published][1:] == [old_x]
    assert all(set(one) == {"crv", "kty", "x", "kid", "alg", "use"} for one in published)


def test_no_person_is_in_it():
    made = helpers.released(factories.hq())
    award = Award.objects.get(submission=made)
    told = json.dumps(verified(token_of(award)))
    assert made.school.name in told
    assert User.objects.count() > 4
    for user in User.objects.all():
        assert user.name not in told
        assert user.email not in told


def test_what_was_decided_and_not_released_leaves_no_trace():
    held = holding.award()
    status = reverse("badge_status", args=[held.pk // badges.LIST_SIZE])
    with time_machine.travel(NOW, tick=False):
        before = Client().get(status).content
        made = helpers.decided(factories.hq())
        assert Client().get(status).content == before
    for kind in ("jwt", "png", "svg"):
        next_one = awarding.next_number(made.round)
        assert Client().get(reverse("badge", args=[next_one, kind])).status_code == 404
    # A level of a framework that isn't in use and that nobody is known to hold.
    level = made.target_level
    level.framework.is_active = False
    level.framework.save()
    assert Client().get(reverse("badge_level", args=[level.pk])).status_code == 404
    assert Client().get(reverse("badge_level", args=[held.level_id])).status_code == 200


def test_other_sites_may_read_it_and_keep_it_for_five_minutes():
    award = holding.award()
    for url in (reverse("badge", args=[award.number, "jwt"]), reverse("badge_issuer"), reverse("badge_keys")):
        headers = Client().get(url).headers
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["Cache-Control"] == "public, max-age=300"
        assert "Set-Cookie" not in headers


def test_without_a_key_there_are_no_badges_and_no_page_offers_one(settings):
    award = holding.award()
    page = reverse("certificate", args=[award.number])
    assert "Open Badge" in Client().get(page).content.decode()
    settings.BADGE_KEY = ""
    assert "Open Badge" not in Client().get(page).content.decode()
    for url in (
        reverse("badge", args=[award.number, "jwt"]),
        reverse("badge_keys"),
        reverse("badge_issuer"),
        reverse("badge_status", args=[0]),
    ):
        assert Client().get(url).status_code == 404


def test_a_badge_costs_one_query_however_many_there_are():
    counts = []
    for many in (10, 50):
        award = [holding.award() for _ in range(many)][-1]
        with CaptureQueriesContext(connection) as asked:
            assert Client().get(reverse("badge", args=[award.number, "png"])).status_code == 200
        counts.append(len(asked))
    assert counts == [1, 1]


def test_the_key_comes_from_the_environment_or_a_folder_of_its_own(tmp_path, monkeypatch):
    first = own_key(tmp_path / "demo" / "badge.key")
    assert is_key(first)
    assert own_key(tmp_path / "demo" / "badge.key") == first
    assert (tmp_path / "demo" / "badge.key").stat().st_mode & 0o077 == 0
    monkeypatch.setenv("BADGE_KEY", "too short")
    with pytest.raises(ImproperlyConfigured, match="BADGE_KEY: "):
        read_environment()
    monkeypatch.setenv("BADGE_KEY", first)
    monkeypatch.setenv("BADGE_PUBLIC_KEYS", f"{first},short")
    with pytest.raises(ImproperlyConfigured, match="BADGE_PUBLIC_KEYS: "):
        read_environment()


@pytest.mark.parametrize(
    ("name", "rank", "metal"), [("Gold", 1, "gold"), ("Gilt", 2, "silver"), ("PSQM Outreach", 9, "gold")]
)
def test_the_medal_is_the_level_s_own_or_its_rank_s(name, rank, metal):
    level = holding.levels()[0]
    level.name, level.rank = name, rank
    assert badges.metal_of(level) == metal


def test_a_level_s_page_says_what_it_asks_for():
    level = holding.levels()[1]
    criterion = level.framework.strands.get().criteria.first()
    criterion.descriptors.create(level=level, text="Every class plans enquiries of its own.")
    page = Client().get(reverse("badge_level", args=[level.pk])).content.decode()
    assert "The level Silver" in page
    assert "Every class plans enquiries of its own." in page


def test_an_award_of_today_is_valid_at_once():
    award = holding.award(awarded_on=date(2026, 11, 3), valid_until=date(2029, 11, 3))
    JWTClaimsRegistry(now=int((NOW - timedelta(hours=9)).timestamp())).validate(verified(token_of(award)))
