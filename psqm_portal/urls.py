from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from messaging.hooks import provider_urls

urlpatterns = [
    path("", include("psqm_portal.core.urls")),
    path("", include("accounts.urls")),
    path("", include("messaging.urls")),
    path("", include("schools.urls")),
    path("", include("rounds.urls")),
    path("", include("hubs.urls")),
    path("", include("submissions.urls")),
    path("", include("awards.urls")),
    path("", include("payments.urls")),
    path("", include("psqm_portal.board.urls")),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    # What the mail provider tells us: only the configured one's addresses, and only with a secret.
    path("anymail/", include((provider_urls(settings.MAIL_WEBHOOKS), "anymail"))),
]
if apps.is_installed("psqm_portal.demo"):
    urlpatterns += [path("", include("psqm_portal.demo.urls"))]
