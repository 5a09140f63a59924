from django.urls import path

from psqm_portal.core import views
from psqm_portal.core.files import tus
from psqm_portal.core.files.views import open_file, signed_file

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("typed/", views.typed, name="typed"),
    path("typed/kept/", views.kept_words, name="kept_words"),
    path("uploads/<slug:key>/", tus.upload, name="upload"),
    path("files/<int:pk>/", open_file, name="open_file"),
    path("files/<int:pk>/<str:name>", open_file, name="open_file"),
    path("f/<str:token>/<str:name>", signed_file, name="signed_file"),
]
