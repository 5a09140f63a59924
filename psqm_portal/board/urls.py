from django.urls import path

from psqm_portal.board.views import home, rounds, uploads

urlpatterns = [
    path("", home.home, name="home"),
    path("upload-limits/", uploads.upload_limits, name="upload_limits"),
    path("rounds/<slug:slug>/board/", rounds.round_board, name="round_board"),
]
