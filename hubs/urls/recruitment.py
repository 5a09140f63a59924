from django.urls import path

from hubs.views import invited, letter, recruitment

_HERE = "hubs/<slug:slug>/<slug:round_slug>/find-schools/"

urlpatterns = [
    path("invited/<str:token>/", invited.invited, name="invited"),
    path("invited/<str:token>/enclosure/", invited.invited_enclosure, name="invited_enclosure"),
    path("invited/<str:token>/no-thank-you/", invited.invited_decline, name="invited_decline"),
    path("invited/<str:token>/never-again/", invited.invited_opt_out, name="invited_opt_out"),
    path("invitation-letter/", letter.letter, name="letter"),
    path("invitation-letter/new/", letter.letter_paragraph, name="letter_paragraph_new"),
    path("invitation-letter/<int:pk>/", letter.letter_paragraph, name="letter_paragraph"),
    path("invitation-letter/never-again/", letter.opt_outs, name="opt_outs"),
    path("invitation-letter/never-again/<int:pk>/lift/", letter.opt_out_lift, name="opt_out_lift"),
    path(_HERE, recruitment.prospects, name="prospects"),
    path(f"{_HERE}list/", recruitment.prospect_list, name="prospect_list"),
    path(f"{_HERE}list.csv", recruitment.prospect_csv, name="prospect_csv"),
    path(f"{_HERE}invite/", recruitment.invite, name="invite"),
    path(f"{_HERE}mailings/<int:pk>/", recruitment.mail_out, name="mail_out"),
    path(f"{_HERE}mailings/<int:pk>/preview.pdf", recruitment.mail_out_preview, name="mail_out_preview"),
]
