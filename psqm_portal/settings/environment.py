"""A real deployment's settings, read from the environment and refused at start by name."""

from typing import Annotated

from django.core.exceptions import ImproperlyConfigured
from pydantic import (
    AnyHttpUrl,
    Field,
    PostgresDsn,
    RedisDsn,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from psqm_portal.settings.badge_keys import is_key


class Environment(BaseSettings):
    """Names are the variables' names; ``docs/deploy.md`` says what each is for."""

    model_config = SettingsConfigDict(case_sensitive=False, extra="ignore")

    secret_key: Annotated[str, Field(min_length=50)]
    database_url: PostgresDsn
    redis_url: RedisDsn
    portal_origin: AnyHttpUrl
    files_origin: AnyHttpUrl
    email_url: str
    mail_webhook_secret: str = ""
    inbound_mail_domain: str = ""
    default_from_email: str
    support_email: str
    media_root: str = "/srv/psqm/media"
    files_accel_prefix: str = ""
    s3_bucket: str = ""
    s3_endpoint_url: str = ""
    clamav_url: str = ""
    clamav_max_bytes: Annotated[int, Field(gt=0)] = 25 * 1024 * 1024
    trusted_proxy_count: int = 1
    secret_key_fallbacks: Annotated[list[str], NoDecode] = []
    badge_key: str = ""
    badge_public_keys: Annotated[list[str], NoDecode] = []
    log_level: str = "INFO"

    @field_validator("secret_key_fallbacks", "badge_public_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [key for key in value.split(",") if key] if isinstance(value, str) else value

    @field_validator("badge_key", "badge_public_keys")
    @classmethod
    def _ed25519(cls, value: str | list[str]) -> str | list[str]:
        for key in [value] if isinstance(value, str) else value:
            if key and not is_key(key):
                raise ValueError("has to be 32 bytes in base64url: 43 letters, digits, - and _")
        return value

    @field_validator("clamav_url")
    @classmethod
    def _clamd(cls, value: str) -> str:
        if value and not value.startswith(("tcp://", "unix:///")):
            raise ValueError("has to look like tcp://host:3310 or unix:///run/clamav/clamd.ctl")
        return value

    @field_validator("portal_origin", "files_origin")
    @classmethod
    def _https(cls, value: AnyHttpUrl) -> AnyHttpUrl:
        if value.scheme != "https":
            raise ValueError("has to start with https://")
        return value


def read_environment() -> Environment:
    """Raises ImproperlyConfigured that names every variable that is missing or wrong."""
    try:
        return Environment()
    except ValidationError as wrong:
        lines = [f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in wrong.errors()]
        raise ImproperlyConfigured(
            "Settings from the environment are not right.\n" + "\n".join(lines)
        ) from None
