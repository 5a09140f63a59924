from django.urls import path

from schools.views import people, schools

urlpatterns = [
    path("schools/", schools.schools, name="schools"),
    path("schools/new/", schools.school_new, name="school_new"),
    path("schools/<int:pk>/", schools.school, name="school"),
    path("schools/<int:pk>/edit/", schools.school_edit, name="school_edit"),
    path("schools/<int:pk>/people/", people.school_people, name="school_people"),
    path(
        "schools/<int:pk>/people/<int:membership_pk>/end/",
        people.school_membership_end,
        name="school_membership_end",
    ),
    path(
        "schools/<int:pk>/people/invitations/<int:invitation_pk>/again/",
        people.school_invitation_again,
        name="school_invitation_again",
    ),
    path(
        "schools/<int:pk>/people/invitations/<int:invitation_pk>/withdraw/",
        people.school_invitation_withdraw,
        name="school_invitation_withdraw",
    ),
]
