from django.urls import path

from accounts.views import account, invitations, people, sessions

urlpatterns = [
    path("account/", account.account_home, name="account_home"),
    path("account/session/", sessions.this_session, name="this_session"),
    path("account/sessions/", sessions.own_sessions, name="own_sessions"),
    path("account/sessions/end/", sessions.end_session, name="end_session"),
    path("account/sessions/end-others/", sessions.end_others, name="end_other_sessions"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.people_invite, name="people_invite"),
    path("people/hq/<int:pk>/end/", people.hq_membership_end, name="hq_membership_end"),
    path("people/invitations/<int:pk>/withdraw/", people.invitation_withdraw, name="invitation_withdraw"),
    path("people/invitations/<int:pk>/again/", people.invitation_again, name="invitation_again"),
]
