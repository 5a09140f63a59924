from django.urls import path

from rounds.views import calendar, dates, frameworks, moves, rounds, templates

urlpatterns = [
    path("rounds/", rounds.rounds, name="rounds"),
    path("rounds/new/", rounds.round_new, name="round_new"),
    path("rounds/templates/", templates.round_templates, name="round_templates"),
    path("rounds/templates/<int:pk>/", templates.round_template, name="round_template"),
    path("rounds/templates/<int:pk>/framework/", templates.template_framework, name="template_framework"),
    path("rounds/templates/<int:pk>/steps/new/", templates.step_new, name="template_step_new"),
    path("rounds/templates/<int:pk>/steps/<int:step>/", templates.step_change, name="template_step"),
    path(
        "rounds/templates/<int:pk>/steps/<int:step>/remove/",
        templates.step_remove,
        name="template_step_remove",
    ),
    path("rounds/<slug:slug>/", rounds.round_page, name="round"),
    path("rounds/<slug:slug>/copy/", rounds.round_copy, name="round_copy"),
    path("rounds/<slug:slug>/dates/<slug:audience>/", dates.round_dates, name="round_dates"),
    path("rounds/<slug:slug>/settings/", rounds.round_settings, name="round_settings"),
    path("rounds/<slug:slug>/late/", rounds.late, name="round_late"),
    path("rounds/<slug:slug>/milestones/<int:pk>/", dates.milestone, name="milestone"),
    *(
        path(f"rounds/<slug:slug>/{action}/", moves.round_action, {"action": action}, name=f"round_{action}")
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
