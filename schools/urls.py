from django.urls import path

from schools.views import merging, people, register, schools, search

urlpatterns = [
    path("schools/", schools.schools, name="schools"),
    path("schools/search/", search.school_search, name="school_search"),
    path("schools/register/", register.register_imports, name="register_imports"),
    path("schools/register/rules/", register.register_filters, name="register_filters"),
    path("schools/register/rules/new/", register.register_filter_new, name="register_filter_new"),
    path("schools/register/rules/<int:pk>/", register.register_filter, name="register_filter"),
    path("schools/register/<int:pk>/", register.register_import, name="register_import"),
    path("schools/register/<int:pk>/write/", register.register_write, name="register_write"),
    path("schools/register/<int:pk>/go-on/", register.register_go_on, name="register_go_on"),
    path("schools/register/<int:pk>/drop/", register.register_drop, name="register_drop"),
    path("schools/register/<int:pk>/<slug:kind>/", register.register_rows, name="register_rows"),
    path("schools/register/<int:pk>/<slug:kind>.csv", register.register_rows_csv, name="register_rows_csv"),
    path("schools/new/", schools.school_new, name="school_new"),
    path("schools/<int:pk>/", schools.school, name="school"),
    path("schools/<int:pk>/edit/", schools.school_edit, name="school_edit"),
    path("schools/<int:pk>/merge/", merging.school_merge, name="school_merge"),
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
