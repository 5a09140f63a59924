from importlib.util import find_spec

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.urls import include, path

_APPS = [
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
    "psqm_portal.demo",
]

urlpatterns = [
    *(
        path("", include(f"{app}.urls"))
        for app in _APPS
        if apps.is_installed(app) and find_spec(f"{app}.urls")
    ),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
if settings.DEBUG:
    urlpatterns += staticfiles_urlpatterns()
