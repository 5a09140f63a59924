from django.urls import path

from hubs.views import register, registrations

urlpatterns = [
    path("register/", register.register, name="register"),
    path("register/school/", register.register_school, name="register_school"),
    path("register/new-school/", register.register_new_school, name="register_new_school"),
    path("register/same-school/", register.register_same_school, name="register_same_school"),
    path("register/people/", register.register_people, name="register_people"),
    path("register/payment/", register.register_payment, name="register_payment"),
    path("register/check/", register.register_check, name="register_check"),
    path("register/done/", register.register_done, name="register_done"),
    path("agreement/sent/", registrations.agreement_sent, name="agreement_sent"),
    path("agreement/<str:token>/", registrations.agreement, name="agreement"),
    path("registrations/", registrations.registrations, name="registrations"),
    path("registrations/list.csv", registrations.registrations_csv, name="registrations_csv"),
    path("registrations/<int:pk>/", registrations.registration, name="registration"),
    path("registrations/<int:pk>/people/", registrations.registration_correct, name="registration_correct"),
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
