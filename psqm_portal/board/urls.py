from django.urls import path

from psqm_portal.board.views import home, rounds

urlpatterns = [
    path("", home.home, name="home"),
    path("rounds/<slug:slug>/board/", rounds.round_board, name="round_board"),
]
