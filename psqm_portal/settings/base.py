"""What every way of running the portal shares. Secrets, servers and origins are not here."""

from pathlib import Path
from typing import Any

from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from kombu import Exchange, Queue

BASE_DIR = Path(__file__).resolve().parent.parent.parent

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_forms_gds",
    "csp",
    "django_cotton",
    "django_filters",
    "django_htmx",
    "rules",
    # The house, bottom to top (import-linter holds the order).
    "psqm_portal.core",
    "accounts",
    "messaging",
    "schools",
    "rounds",
    "hubs",
    "submissions",
    "awards",
    "payments",
    "psqm_portal.board",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "psqm_portal.core.middleware.HostMiddleware",
    "psqm_portal.core.middleware.FilesOriginMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "psqm_portal.core.log_middleware.LogMiddleware",
    "accounts.middleware.SessionLifeMiddleware",
    "psqm_portal.core.sending_middleware.SignInMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "psqm_portal.core.sending_middleware.SendingMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "psqm_portal.core.middleware.PrivatePagesMiddleware",
]

ROOT_URLCONF = "psqm_portal.urls"
WSGI_APPLICATION = "psqm_portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "psqm_portal.core.context.portal",
                "psqm_portal.board.context.navigation",
            ],
            "builtins": ["psqm_portal.core.templatetags.portal", "psqm_portal.core.templatetags.sending"],
        },
    }
]
FORM_RENDERER = "psqm_portal.core.fields_html.Renderer"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["gds"]
CRISPY_TEMPLATE_PACK = "gds"
COTTON_DIR = "components"
# A component sees its own attributes and what context processors give, never the page's variables.
COTTON_ISOLATE_BY_DEFAULT = True

# People
AUTH_USER_MODEL = "accounts.User"
# auth.W004: the address is unique by a constraint on its lower case, which the check can't see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "accounts.backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "name")}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
    ]
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "messaging.adapter.AccountAdapter"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
# A session left open on a school's PC isn't enough to change the address that resets the password.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {
    # A training day signs in forty people behind one school line within a minute (S09);
    # guessing at one account is stopped by login_failed, per account and address (S08).
    "login": "300/m/ip",
    "login_failed": "100/m/ip,9/5m/key",
    # Each code may be tried three times; an open session is no place to guess its password either.
    "request_login_code": "100/m/ip,3/5m/key",
    "change_password": "9/5m/user",
    "reset_password": "100/m/ip,5/5m/key",
}
_FORMS = "psqm_portal.core.sign_in_forms."
ACCOUNT_FORMS = {
    "login": _FORMS + "LoginForm",
    "reset_password": _FORMS + "ResetPasswordForm",
    "reset_password_from_key": _FORMS + "ResetPasswordKeyForm",
    "change_password": _FORMS + "ChangePasswordForm",
    "set_password": _FORMS + "SetPasswordForm",
    "add_email": _FORMS + "AddEmailForm",
    "reauthenticate": _FORMS + "ReauthenticateForm",
    "request_login_code": _FORMS + "RequestLoginCodeForm",
    "confirm_login_code": _FORMS + "ConfirmLoginCodeForm",
}
MFA_FORMS = {
    "authenticate": _FORMS + "AuthenticateForm",
    "reauthenticate": _FORMS + "MfaReauthenticateForm",
    "activate_totp": _FORMS + "ActivateTOTPForm",
    "deactivate_totp": _FORMS + "DeactivateTOTPForm",
    "generate_recovery_codes": _FORMS + "GenerateRecoveryCodesForm",
    "add_webauthn": _FORMS + "AddWebAuthnForm",
    "edit_webauthn": _FORMS + "EditWebAuthnForm",
}
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "PSQM portal"
SECOND_FACTOR_REQUIRED = True
# E-mail addresses that need none: the demonstration's accounts.
SECOND_FACTOR_WAIVED: frozenset[str] = frozenset()
# How long a session lives is in accounts/sessions.py; the cookie only lives no longer.
SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "psqm_portal.core.sending_middleware.csrf_failed"

# Words and time: instants in UTC, the scheme's days in London
LANGUAGE_CODE = "en-gb"
USE_TZ = True
TIME_ZONE = "Europe/London"
FIRST_DAY_OF_WEEK = 1
# Django 6's own default: an address typed without a scheme is https.
FORMS_URLFIELD_ASSUME_HTTPS = True

# Static files and uploads
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000
# A form without JavaScript may bring a whole school year's photos.
DATA_UPLOAD_MAX_NUMBER_FILES = 400
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# clamd's address ("" = no scan): tcp://host:3310 or unix:///run/clamav/clamd.ctl. The most bytes:
# not more than its own StreamMaxLength and MaxFileSize, above which it says OK to what it didn't read.
CLAMAV_URL = ""
CLAMAV_MAX_BYTES = 25 * 1024 * 1024
# How long a link to an uploaded file opens it, in seconds (S16).
FILE_LINK_SECONDS = 60
# nginx's internal location for uploads ("" = the portal sends files itself).
FILES_ACCEL_PREFIX = ""

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Background work. State is in the database; the broker only carries ids.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_TIMEZONE = "Europe/London"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A page doesn't wait for a broker that's away: one more try for a stale connection; the sweep finds the row.
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
# Lines to wait in (R23): who has just brought a file doesn't wait for a night's mail, and what lays out PDFs
# or reads a spreadsheet has workers of its own. A worker that is told no queues serves all in turn.
CELERY_TASK_QUEUES = [
    Queue(name, Exchange(name), routing_key=name) for name in ("files", "celery", "mail", "long")
]
CELERY_TASK_ROUTES = {
    "psqm_portal.core.tasks.check_upload": "files",
    "psqm_portal.core.tasks.make_preview": "files",
    "psqm_portal.core.tasks.scan_file": "files",
    "messaging.tasks.deliver": "mail",
    "awards.tasks.assign_planned": "long",
    "awards.tasks.make_certificates": "long",
    "awards.tasks.tell_outcomes": "long",
    "awards.tasks.work_on_past_awards": "long",
    "hubs.tasks.make_letters": "long",
    "payments.tasks.make_invoice_pdf": "long",
    "schools.tasks.work_on_register": "long",
    "submissions.tasks.make_pack": "long",
}
# Every sweep asks the database for what is due and not done, so a missed or a double run is harmless.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "deliver-waiting-mail": {"task": "messaging.tasks.sweep_mail", "schedule": 60},
    "tell-of-announcements": {"task": "messaging.tasks.sweep_announcements", "schedule": 300},
    "send-daily-news": {"task": "messaging.tasks.send_daily_news", "schedule": crontab(minute="*/15")},
    "close-submissions": {"task": "submissions.tasks.close_due", "schedule": 300},
    "send-reminders": {"task": "rounds.tasks.send_reminders", "schedule": crontab(minute=10)},
    "send-registration-nudges": {
        "task": "hubs.tasks.send_registration_nudges",
        "schedule": crontab(minute=25),
    },
    "change-hub-leaders-over": {
        "task": "hubs.tasks.sweep_substitutes",
        "schedule": crontab(hour="5-23", minute=5),
    },
    "remind-of-commitments": {
        "task": "hubs.tasks.remind_of_commitments",
        "schedule": crontab(hour=7, minute=35),
    },
    "make-waiting-certificates": {"task": "awards.tasks.sweep_certificates", "schedule": 60},
    "tell-outcomes": {"task": "awards.tasks.sweep_releases", "schedule": 60},
    "remind-of-appeals": {
        "task": "awards.tasks.remind_of_appeals",
        "schedule": crontab(hour=7, minute=40),
    },
    "assign-planned-reviews": {"task": "awards.tasks.sweep_plans", "schedule": 60},
    "remind-to-answer-reviews": {
        "task": "awards.tasks.remind_to_answer",
        "schedule": crontab(hour=7, minute=25),
    },
    "tell-of-ending-awards": {
        "task": "awards.tasks.tell_of_ending_awards",
        "schedule": crontab(hour=7, minute=45),
    },
    "make-waiting-invoice-pdfs": {"task": "payments.tasks.sweep_invoice_pdfs", "schedule": 60},
    "make-waiting-letters": {"task": "hubs.tasks.sweep_letters", "schedule": 60},
    "make-waiting-packs": {"task": "submissions.tasks.sweep_packs", "schedule": 60},
    "work-on-the-register": {"task": "schools.tasks.sweep_register", "schedule": 60},
    "work-on-past-awards": {"task": "awards.tasks.sweep_past_awards", "schedule": 60},
    "check-waiting-uploads": {"task": "psqm_portal.core.tasks.sweep_uploads", "schedule": 300},
    "make-waiting-previews": {"task": "psqm_portal.core.tasks.sweep_previews", "schedule": 300},
    "scan-waiting-files": {"task": "psqm_portal.core.tasks.sweep_scans", "schedule": 60},
    "find-lost-files": {"task": "psqm_portal.core.tasks.find_lost_files", "schedule": crontab(minute=40)},
    "sweep-orphan-files": {"task": "psqm_portal.core.tasks.sweep_orphans", "schedule": 3600},
    "clear-sessions": {"task": "accounts.tasks.clear_sessions", "schedule": crontab(hour=3, minute=20)},
    "sweep-typed": {"task": "psqm_portal.core.tasks.sweep_typed", "schedule": 3600},
}
MAIL_MAX_TRIES = 48
# The mail provider that may tell us of mail that came back, at /anymail/ ("" = none).
MAIL_WEBHOOKS = ""
# Where answers to notices are sent ("" = to nobody): the provider hands what comes there to /anymail/.
INBOUND_MAIL_DOMAIN = ""

# Signs Open Badges (Ed25519): 32 bytes in base64url ("" = no badges). And the public keys of before, with
# which badges that were signed then are still checked.
BADGE_KEY = ""
BADGE_PUBLIC_KEYS: list[str] = []

DEFAULT_FROM_EMAIL = "PSQM portal <portal@psqm.example>"
SUPPORT_EMAIL = "hq@psqm.example"
PORTAL_NAME = "PSQM portal"
# True only in the demonstration and in tests: keeps the text of mails that carry a secret.
KEEP_SECRET_MAIL = False
