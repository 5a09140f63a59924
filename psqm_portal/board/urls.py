from django.urls import path

from psqm_portal.board.views import home, log, rounds, uploads

urlpatterns = [
    path("", home.home, name="home"),
    path("log/", log.log, name="log"),
    path("log/log.csv", log.log_download, name="log_download"),
    path("upload-limits/", uploads.upload_limits, name="upload_limits"),
    path("rounds/<slug:slug>/board/", rounds.round_board, name="round_board"),
]
