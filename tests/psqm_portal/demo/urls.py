"""The portal's addresses as they are where the demonstration is installed."""

from django.urls import include, path

from psqm_portal.urls import urlpatterns as portal

urlpatterns = [*portal, path("", include("psqm_portal.demo.urls"))]
