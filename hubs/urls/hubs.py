from django.urls import path

from hubs.views import hand_over, hub_rounds, hubs, leader_certificates, substitutes, talk

urlpatterns = [
    path("messages/hq/", talk.talk_with_hq, name="talk_with_hq"),
    path("messages/hub-leaders/<int:pk>/", talk.leader_talk, name="leader_talk"),
    path("hubs/", hubs.hubs, name="hubs"),
    path("hubs/hubs.csv", hubs.hubs_csv, name="hubs_csv"),
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
    path("hubs/<slug:slug>/people/substitute/", substitutes.substitute_new, name="substitute_new"),
    path("hubs/<slug:slug>/people/substitute/<int:pk>/", substitutes.substitute, name="substitute"),
    path(
        "hubs/<slug:slug>/people/substitute/<int:pk>/end/", substitutes.substitute_end, name="substitute_end"
    ),
    path("hubs/<slug:slug>/hand-over/", hand_over.hub_hand_over, name="hub_hand_over"),
    path("hubs/<slug:slug>/hand-over/hub/", hand_over.hand_over_note, name="hand_over_hub"),
    path("hubs/<slug:slug>/hand-over/schools/<int:pk>/", hand_over.hand_over_note, name="hand_over_school"),
    path("hubs/<slug:slug>/<slug:round_slug>/", hub_rounds.hub_round, name="hub_round"),
    path(
        "hubs/<slug:slug>/<slug:round_slug>/leader/<int:pk>.pdf",
        leader_certificates.leader_certificate,
        name="leader_certificate",
    ),
    path("hubs/<slug:slug>/<slug:round_slug>/places/", hub_rounds.hub_round_places, name="hub_round_places"),
]
