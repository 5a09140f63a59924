from django.apps import apps
from django.contrib import admin
from django.urls import include, path

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
]
if apps.is_installed("psqm_portal.demo"):
    urlpatterns += [path("", include("psqm_portal.demo.urls"))]
