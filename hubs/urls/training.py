from django.urls import path

from hubs.views import calendar, meetings, training

_IN_ROUND = "hubs/<slug:slug>/<slug:round_slug>/"
_STEP = f"{_IN_ROUND}sessions/<slug:step>/"
_SESSION = "training/<int:pk>/"
_MEETING = "meetings/<int:pk>/"

urlpatterns = [
    path(f"{_IN_ROUND}training/", training.hub_training, name="hub_training"),
    path(_STEP, training.session_edit, name="training_session"),
    path(f"{_STEP}register/", training.session_register, name="training_register"),
    path(f"{_STEP}calendar.ics", calendar.session_calendar, name="session_calendar"),
    path(_SESSION, training.session_page, name="session_page"),
    path(f"{_SESSION}call-off/", training.session_call_off, name="session_call_off"),
    path(f"{_SESSION}schools/<int:school_pk>/", training.session_reply, name="session_reply"),
    path(f"{_SESSION}catch-up/<int:school_pk>/", training.session_catch_up, name="session_catch_up"),
    path(f"{_SESSION}materials/new/", training.session_material_new, name="session_material_new"),
    path(
        f"{_SESSION}materials/<int:material_pk>/remove/",
        training.session_material_remove,
        name="session_material_remove",
    ),
    path(f"{_SESSION}certificates.pdf", training.session_certificates, name="session_certificates"),
    path(
        f"{_SESSION}certificates/<int:reply_pk>.pdf", training.session_certificate, name="session_certificate"
    ),
    path("meetings/", meetings.leader_meetings, name="leader_meetings"),
    path("meetings/new/", meetings.leader_meeting_new, name="leader_meeting_new"),
    path(_MEETING, meetings.leader_meeting, name="leader_meeting"),
    path(f"{_MEETING}edit/", meetings.leader_meeting_edit, name="leader_meeting_edit"),
    path(f"{_MEETING}reply/", meetings.leader_meeting_reply, name="leader_meeting_reply"),
    path(f"{_MEETING}invite/", meetings.leader_meeting_invite, name="leader_meeting_invite"),
    path(f"{_MEETING}call-off/", meetings.leader_meeting_call_off, name="leader_meeting_call_off"),
    path(f"{_MEETING}register/", meetings.leader_meeting_register, name="leader_meeting_register"),
    path(f"{_MEETING}calendar.ics", calendar.leader_meeting_calendar, name="leader_meeting_calendar"),
    path(
        f"{_MEETING}materials/new/", meetings.leader_meeting_material_new, name="leader_meeting_material_new"
    ),
    path(
        f"{_MEETING}materials/<int:material_pk>/remove/",
        meetings.leader_meeting_material_remove,
        name="leader_meeting_material_remove",
    ),
    path(
        f"{_MEETING}certificates.pdf",
        meetings.leader_meeting_certificates,
        name="leader_meeting_certificates",
    ),
    path(
        f"{_MEETING}certificates/<int:reply_pk>.pdf",
        meetings.leader_meeting_certificate,
        name="leader_meeting_certificate",
    ),
]
