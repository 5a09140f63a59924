"""EMAIL_URL in Django's words: a mail server, or a provider whose own interface says what came back."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_SMTP = {"smtp", "smtp+tls", "smtp+ssl"}
# Provider → its setting for the address's user (a key), password and host.
_PROVIDERS: dict[str, tuple[str, str, str]] = {
    "postmark": ("POSTMARK_SERVER_TOKEN", "", ""),
    "mailgun": ("MAILGUN_API_KEY", "MAILGUN_WEBHOOK_SIGNING_KEY", "MAILGUN_SENDER_DOMAIN"),
    "brevo": ("BREVO_API_KEY", "", ""),
    "mailjet": ("MAILJET_API_KEY", "MAILJET_SECRET_KEY", ""),
    "sendgrid": ("SENDGRID_API_KEY", "", ""),
    "sparkpost": ("SPARKPOST_API_KEY", "", ""),
}
_EXPECTED = (
    "EMAIL_URL: has to look like smtp+tls://user:password@host:587, or "
    f"provider://key@ with one of {', '.join(_PROVIDERS)}"
)
SECONDS = 30


def mail_settings(url: str, webhook_secret: str = "") -> dict[str, Any]:
    """``webhook_secret`` ("user:password"): with it the provider may tell us of mail that came back."""
    given = urlsplit(url)
    if webhook_secret and not all(webhook_secret.partition(":")):
        raise ImproperlyConfigured("MAIL_WEBHOOK_SECRET: has to look like user:password")
    if given.scheme in _SMTP and given.hostname:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": given.hostname,
            "EMAIL_PORT": given.port or 587,
            "EMAIL_HOST_USER": unquote(given.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(given.password or ""),
            "EMAIL_USE_TLS": given.scheme == "smtp+tls",
            "EMAIL_USE_SSL": given.scheme == "smtp+ssl",
            "EMAIL_TIMEOUT": SECONDS,
            **_webhooks(parse_qs(given.query).get("webhooks", [""])[0], webhook_secret),
        }
    if given.scheme not in _PROVIDERS or not given.username:
        raise ImproperlyConfigured(_EXPECTED)
    names = zip(_PROVIDERS[given.scheme], (given.username, given.password, given.hostname), strict=True)
    found = _webhooks(given.scheme, webhook_secret)
    found["ANYMAIL"] |= {name: unquote(value) for name, value in names if name and value}
    if server := parse_qs(given.query).get("server"):
        found["ANYMAIL"][f"{given.scheme.upper()}_API_URL"] = server[0]
    return {"EMAIL_BACKEND": f"anymail.backends.{given.scheme}.EmailBackend", **found}


def _webhooks(provider: str, secret: str) -> dict[str, Any]:
    """``MAIL_WEBHOOKS``: the provider whose addresses below /anymail/ are served; none without a secret."""
    if provider and provider not in _PROVIDERS:
        raise ImproperlyConfigured(_EXPECTED)
    anymail: dict[str, Any] = {"REQUESTS_TIMEOUT": SECONDS, "IGNORE_UNSUPPORTED_FEATURES": True}
    if secret:
        anymail["WEBHOOK_SECRET"] = secret
    return {"MAIL_WEBHOOKS": provider if secret else "", "ANYMAIL": anymail}
