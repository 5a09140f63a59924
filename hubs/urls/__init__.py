"""The hub's own pages come last: an address of theirs holds a name that somebody chose."""

from hubs.urls import applications, hubs, leaders, recruitment, registrations, training

urlpatterns = [
    *applications.urlpatterns,
    *leaders.urlpatterns,
    *recruitment.urlpatterns,
    *registrations.urlpatterns,
    *training.urlpatterns,
    *hubs.urlpatterns,
]
