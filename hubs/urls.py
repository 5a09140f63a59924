from django.urls import path

from hubs.views import calendar, hub_rounds, hubs, register, registrations, talk

urlpatterns = [
    path("messages/hq/", talk.talk_with_hq, name="talk_with_hq"),
    path("messages/hub-leaders/<int:pk>/", talk.leader_talk, name="leader_talk"),
    path("hubs/", hubs.hubs, name="hubs"),
    path("hubs/new/", hubs.hub_new, name="hub_new"),
    path("hubs/<slug:slug>/", hubs.hub_page, name="hub"),
    path("hubs/<slug:slug>/edit/", hubs.hub_edit, name="hub_edit"),
    path("hubs/<slug:slug>/take-part/", hubs.hub_take_part, name="hub_take_part"),
    path("hubs/<slug:slug>/people/", hubs.hub_people, name="hub_people"),
    path("hubs/<slug:slug>/people/leader/", hubs.hub_appoint, {"role": "leader"}, name="hub_leader_new"),
    path("hubs/<slug:slug>/people/mentor/", hubs.hub_appoint, {"role": "mentor"}, name="hub_mentor_new"),
    path("hubs/<slug:slug>/people/<int:pk>/end/", hubs.hub_stand_down, name="hub_stand_down"),
    path("hubs/<slug:slug>/people/<int:pk>/payee/", hubs.hub_payee, name="hub_payee"),
    path(
        "hubs/<slug:slug>/people/invitations/<int:pk>/withdraw/",
        hubs.hub_invitation_withdraw,
        name="hub_invitation_withdraw",
    ),
    path("hubs/<slug:slug>/<slug:round_slug>/", hub_rounds.hub_round, name="hub_round"),
    path("hubs/<slug:slug>/<slug:round_slug>/places/", hub_rounds.hub_round_places, name="hub_round_places"),
    path(
        "hubs/<slug:slug>/<slug:round_slug>/sessions/<slug:step>/",
        hub_rounds.session_edit,
        name="training_session",
    ),
    path(
        "hubs/<slug:slug>/<slug:round_slug>/sessions/<slug:step>/register/",
        hub_rounds.session_register,
        name="training_register",
    ),
    path(
        "hubs/<slug:slug>/<slug:round_slug>/sessions/<slug:step>/calendar.ics",
        calendar.session_calendar,
        name="session_calendar",
    ),
    path("register/", register.register, name="register"),
    path("register/school/", register.register_school, name="register_school"),
    path("register/new-school/", register.register_new_school, name="register_new_school"),
    path("register/people/", register.register_people, name="register_people"),
    path("register/payment/", register.register_payment, name="register_payment"),
    path("register/check/", register.register_check, name="register_check"),
    path("register/done/", register.register_done, name="register_done"),
    path("agreement/<str:token>/", registrations.agreement, name="agreement"),
    path("registrations/", registrations.registrations, name="registrations"),
    path("registrations/<int:pk>/", registrations.registration, name="registration"),
    path("registrations/<int:pk>/pass/", registrations.registration_pass, name="registration_pass"),
    path(
        "registrations/<int:pk>/decline/",
        registrations.registration_answer,
        {"action": "decline"},
        name="registration_decline",
    ),
    path(
        "registrations/<int:pk>/hand-back/",
        registrations.registration_answer,
        {"action": "hand_back"},
        name="registration_hand_back",
    ),
    path(
        "registrations/<int:pk>/send-agreement/",
        registrations.registration_send_agreement,
        name="registration_send_agreement",
    ),
    path("registrations/<int:pk>/paper/", registrations.registration_paper, name="registration_paper"),
]
