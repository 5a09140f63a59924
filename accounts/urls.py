from django.urls import path

from accounts.views import account, invitations, people

urlpatterns = [
    path("account/", account.account_home, name="account_home"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.people_invite, name="people_invite"),
    path("people/hq/<int:pk>/end/", people.hq_membership_end, name="hq_membership_end"),
    path("people/invitations/<int:pk>/withdraw/", people.invitation_withdraw, name="invitation_withdraw"),
    path("people/invitations/<int:pk>/again/", people.invitation_again, name="invitation_again"),
]
