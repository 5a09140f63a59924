from django.urls import path

from hubs.views import applications, commitments, judging

urlpatterns = [
    path("become-a-hub-leader/", applications.become_hub_leader, name="become_hub_leader"),
    path("become-a-hub-leader/link/", applications.application_link_again, name="application_link_again"),
    path("become-a-hub-leader/sent/", applications.application_link_sent, name="application_link_sent"),
    path("become-a-hub-leader/open/<str:token>/", applications.application_open, name="application_open"),
    path("become-a-hub-leader/mine/", applications.my_application, name="my_application"),
    path("become-a-hub-leader/mine/about/", applications.application_about, name="application_about"),
    path("become-a-hub-leader/mine/school/", applications.application_school, name="application_school"),
    path(
        "become-a-hub-leader/mine/number/<int:number>/",
        applications.application_criterion,
        name="application_criterion",
    ),
    path(
        "become-a-hub-leader/mine/files/<int:pk>/remove/",
        applications.application_file_remove,
        name="application_file_remove",
    ),
    path("become-a-hub-leader/mine/check/", applications.application_check, name="application_check"),
    path("become-a-hub-leader/mine/later/", applications.application_later, name="application_later"),
    path(
        "become-a-hub-leader/mine/withdraw/", applications.application_withdraw, name="application_withdraw"
    ),
    path("applications/", judging.leader_applications, name="leader_applications"),
    path("applications/specification/", judging.leader_specification, name="leader_specification"),
    path("applications/<int:pk>/", judging.leader_application, name="leader_application"),
    path(
        "applications/<int:pk>/judge/<int:number>/",
        judging.leader_application_judge,
        name="leader_application_judge",
    ),
    path("applications/<int:pk>/ask/", judging.leader_application_ask, name="leader_application_ask"),
    path(
        "applications/<int:pk>/accept/", judging.leader_application_accept, name="leader_application_accept"
    ),
    path(
        "applications/<int:pk>/decline/",
        judging.leader_application_decline,
        name="leader_application_decline",
    ),
    path("commitment/", commitments.leader_commitment, name="leader_commitment"),
    path("commitment/not-going-on/", commitments.leader_commitment_leave, name="leader_commitment_leave"),
]
