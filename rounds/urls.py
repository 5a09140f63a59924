from django.urls import path

from rounds.views import calendar, frameworks, rounds

urlpatterns = [
    path("rounds/", rounds.rounds, name="rounds"),
    path("rounds/new/", rounds.round_new, name="round_new"),
    path("rounds/<slug:slug>/", rounds.round_page, name="round"),
    path("rounds/<slug:slug>/settings/", rounds.round_settings, name="round_settings"),
    path("rounds/<slug:slug>/late/", rounds.late, name="round_late"),
    path("rounds/<slug:slug>/milestones/<int:pk>/", rounds.milestone, name="milestone"),
    *(
        path(f"rounds/<slug:slug>/{action}/", rounds.round_action, {"action": action}, name=f"round_{action}")
        for action in ("open", "close", "reopen", "archive")
    ),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/address/", calendar.address, name="calendar_address"),
    path("calendar/address/renew/", calendar.address_renew, name="calendar_address_renew"),
    path("calendar/address/stop/", calendar.address_stop, name="calendar_address_stop"),
    path("calendar/<str:token>.ics", calendar.feed, name="calendar_feed"),
    path("frameworks/", frameworks.frameworks, name="frameworks"),
    path("frameworks/<int:pk>/", frameworks.framework_page, name="framework"),
    path("frameworks/<int:pk>/edit/", frameworks.framework_edit, name="framework_edit"),
    path("frameworks/<int:pk>/criteria/<slug:code>/", frameworks.criterion_edit, name="criterion_edit"),
    path("frameworks/<int:pk>/documents/<slug:code>/", frameworks.document_edit, name="document_edit"),
]
