"""EMAIL_URL: a mail server or a provider, and whether the provider may tell us what came back."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from psqm_portal.settings.mail import mail_settings


def test_a_mail_server():
    found = mail_settings("smtp+tls://me%40a:p%2Fw@mail.example:25?webhooks=postmark", "us:them")
    assert found["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example", 25)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("me@a", "p/w")
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"], found["EMAIL_TIMEOUT"]) == (True, False, 30)
    assert (found["MAIL_WEBHOOKS"], found["ANYMAIL"]["WEBHOOK_SECRET"]) == ("postmark", "us:them")


@pytest.mark.parametrize(
    ("url", "backend", "keys"),
    [
        ("postmark://tok%2Fen@", "postmark", {"POSTMARK_SERVER_TOKEN": "tok/en"}),
        (
            "mailgun://key:sign@mg.example?server=https://api.eu.mailgun.net/v3",
            "mailgun",
            {
                "MAILGUN_API_KEY": "key",
                "MAILGUN_WEBHOOK_SIGNING_KEY": "sign",
                "MAILGUN_SENDER_DOMAIN": "mg.example",
                "MAILGUN_API_URL": "https://api.eu.mailgun.net/v3",
            },
        ),
        ("mailjet://key:secret@", "mailjet", {"MAILJET_API_KEY": "key", "MAILJET_SECRET_KEY": "secret"}),
    ],
)
def test_a_provider(url, backend, keys):
    found = mail_settings(url)
    assert found["EMAIL_BACKEND"] == f"anymail.backends.{backend}.EmailBackend"
    assert found["MAIL_WEBHOOKS"] == ""
    shared = {"REQUESTS_TIMEOUT": 30, "IGNORE_UNSUPPORTED_FEATURES": True}
    assert found["ANYMAIL"] == keys | shared
    assert mail_settings(url, "a:b")["MAIL_WEBHOOKS"] == backend


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("mail.example", ""),
        ("smtp://", ""),
        ("postmark://", ""),
        ("pigeon://key@", ""),
        ("smtp://mail.example?webhooks=pigeon", "a:b"),
        ("postmark://token@", "only-one-word"),
        ("postmark://token@", ":password"),
    ],
)
def test_what_is_wrong_is_named(url, secret):
    with pytest.raises(ImproperlyConfigured, match=r"^(EMAIL_URL|MAIL_WEBHOOK_SECRET): has to look like"):
        mail_settings(url, secret)
