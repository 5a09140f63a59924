from django.urls import path

from hubs.views import leaders

OF_HUB = "hubs/<slug:slug>/<slug:round_slug>/"

urlpatterns = [
    path("hub-leaders/", leaders.hub_leaders, name="hub_leaders"),
    path("hub-leaders/hub-leaders.csv", leaders.hub_leaders_csv, name="hub_leaders_csv"),
    path("hub-leaders/<int:pk>/", leaders.hub_leader, name="hub_leader"),
    path(OF_HUB + "checklist/", leaders.hub_checklist, name="hub_checklist"),
    path(OF_HUB + "mentoring/", leaders.mentoring, name="mentoring"),
    path(OF_HUB + "mentoring/mentoring.csv", leaders.mentoring_csv, name="mentoring_csv"),
    path(OF_HUB + "mentoring/new/", leaders.mentoring_new, name="mentoring_new"),
    path(OF_HUB + "mentoring/<int:pk>/", leaders.mentoring_entry, name="mentoring_entry"),
    path(OF_HUB + "mentoring/<int:pk>/delete/", leaders.mentoring_delete, name="mentoring_delete"),
]
