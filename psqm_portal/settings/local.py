"""What the demonstration and the tests share: no secrets to keep, two local origins."""

from psqm_portal.settings.base import *  # noqa: F403 - settings modules extend each other this way
from psqm_portal.settings.base import BASE_DIR

DEBUG = False
# Signs nothing that leaves this machine.
SECRET_KEY = "only-for-the-demonstration-and-the-tests-" + "0" * 20
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
KEEP_SECRET_MAIL = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = BASE_DIR / "staticfiles"
