from django.urls import path

from hubs.views import calendar, hub_rounds

urlpatterns = [
    path(
        "hubs/<slug:slug>/<slug:round_slug>/sessions/<slug:step>/",
        hub_rounds.session_edit,
        name="training_session",
    ),
    path(
        "hubs/<slug:slug>/<slug:round_slug>/sessions/<slug:step>/register/",
        hub_rounds.session_register,
        name="training_register",
    ),
    path(
        "hubs/<slug:slug>/<slug:round_slug>/sessions/<slug:step>/calendar.ics",
        calendar.session_calendar,
        name="session_calendar",
    ),
]
