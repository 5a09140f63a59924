"""A real deployment. Everything that differs between machines comes from the environment."""

from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from psqm_portal.settings.base import *  # noqa: F403 - settings modules extend each other this way
from psqm_portal.settings.base import CONTENT_SECURITY_POLICY, INSTALLED_APPS
from psqm_portal.settings.databases import postgresql
from psqm_portal.settings.environment import read_environment
from psqm_portal.settings.mail import mail_settings

environment = read_environment()

if any(app.endswith(".demo") for app in INSTALLED_APPS):
    raise ImproperlyConfigured("The demonstration can't be part of a real deployment.")

DEBUG = False
SECRET_KEY = environment.secret_key
SECRET_KEY_FALLBACKS = environment.secret_key_fallbacks
BADGE_KEY, BADGE_PUBLIC_KEYS = environment.badge_key, environment.badge_public_keys
PORTAL_ORIGIN = str(environment.portal_origin).rstrip("/")
FILES_ORIGIN = str(environment.files_origin).rstrip("/")
if urlsplit(PORTAL_ORIGIN).hostname == urlsplit(FILES_ORIGIN).hostname:
    raise ImproperlyConfigured("FILES_ORIGIN: has to be another host than PORTAL_ORIGIN.")
ALLOWED_HOSTS = [urlsplit(origin).hostname or "" for origin in (PORTAL_ORIGIN, FILES_ORIGIN)]
CSRF_TRUSTED_ORIGINS = [PORTAL_ORIGIN]
CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"].append(FILES_ORIGIN)  # type: ignore[attr-defined]

DATABASES = {"default": postgresql(str(environment.database_url))}
DATABASES["default"]["CONN_MAX_AGE"] = 60
REDIS_URL = str(environment.redis_url)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
CELERY_BROKER_URL = REDIS_URL
# Longer than any task (CELERY_TASK_TIME_LIMIT), else Redis hands a running task out again.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 1800, "socket_connect_timeout": 5}

globals().update(mail_settings(environment.email_url, environment.mail_webhook_secret))
INBOUND_MAIL_DOMAIN = environment.inbound_mail_domain
if INBOUND_MAIL_DOMAIN and not MAIL_WEBHOOKS:  # noqa: F405 - from the mail settings above
    raise ImproperlyConfigured("INBOUND_MAIL_DOMAIN: needs MAIL_WEBHOOK_SECRET and a provider.")
DEFAULT_FROM_EMAIL = environment.default_from_email
SUPPORT_EMAIL = environment.support_email

MEDIA_ROOT = environment.media_root
FILES_ACCEL_PREFIX = environment.files_accel_prefix
CLAMAV_URL, CLAMAV_MAX_BYTES = environment.clamav_url, environment.clamav_max_bytes
# A form's large files lie on the uploads' disk while they are read: /tmp is memory in our containers. What
# a killed process leaves there is swept with the other files that have no row.
FILE_UPLOAD_TEMP_DIR = MEDIA_ROOT if Path(MEDIA_ROOT).is_dir() else None
STATIC_ROOT = BASE_DIR / "staticfiles"  # noqa: F405 - from base
STORAGES = {
    "default": (
        {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": environment.s3_bucket,
                "endpoint_url": environment.s3_endpoint_url or None,
                "default_acl": None,
                "querystring_auth": True,
            },
        }
        if environment.s3_bucket
        else {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    ),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
ALLAUTH_TRUSTED_PROXY_COUNT = environment.trusted_proxy_count

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"without_secrets": {"()": "psqm_portal.core.secret_links.Formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "without_secrets"}},
    "root": {"handlers": ["console"], "level": environment.log_level},
}
