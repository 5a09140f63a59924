"""The floor: what Django itself costs here, with the session and the sign-in and nothing else of ours."""

from bench import FLOOR_BACKEND
from bench.settings import *  # noqa: F403 - settings modules extend each other this way
from bench.settings import BASE_DIR

ROOT_URLCONF = "bench.floor"
MIDDLEWARE = [
    "bench.probe.ProbeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # allauth, being installed, insists; it asks nothing here
]
AUTHENTICATION_BACKENDS = [FLOOR_BACKEND]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "bench" / "templates"],
        "OPTIONS": {"context_processors": ["django.contrib.auth.context_processors.auth"]},
    }
]
