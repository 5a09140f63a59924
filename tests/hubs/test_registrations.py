import re
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied

from hubs.domain.registrations import (
    accept,
    agree,
    decline,
    find_agreement,
    hand_back,
    pass_to_hub,
    register,
    registration_machine,
    renew_agreement,
    send_agreement_again,
)
from hubs.models import Registration
from messaging.models import Email
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from rounds.models import Round
from schools.models import School
from tests import factories
from tests.factories import NOW

DETAILS = {
    "subject_leader_name": "Sam Leader",
    "subject_leader_email": "sam@ash.example",
    "headteacher_name": "Hana Head",
    "headteacher_email": "hana@ash.example",
}


def new_school(**fields) -> School:
    return School(**{"name": "Ash School", "town": "Ashbrook", "postcode": "AS1 2BC", **fields})


def sent(template: str) -> list[Email]:
    return list(Email.objects.filter(template=f"hubs/mail/{template}"))


def token_in(mail: Email) -> str:
    found = re.search(r"/agreement/([^/]+)/", mail.text)
    assert found
    return found[1]


def test_registering_saves_the_school_and_writes_to_the_people(world):
    made = register(world.round, new_school(), DETAILS, by=None, now=NOW)
    assert (made.status, made.school.name, made.hub, made.agreed_at) == ("waiting", "Ash School", None, None)
    (agreement,) = sent("agreement")
    assert (agreement.to, agreement.secret, agreement.about) == (
        "hana@ash.example",
        True,
        f"registration:{made.pk}",
    )
    assert agreement.subject == "Agree that Ash School takes part in PSQM, Autumn 2026"
    (receipt,) = sent("registration_received")
    assert receipt.to == "sam@ash.example"


def test_only_the_hash_of_the_agreements_token_is_kept(world):
    made = register(world.round, new_school(), DETAILS, by=None, now=NOW)
    token = token_in(sent("agreement")[0])
    assert len(token) == 32  # 192 bits
    assert token not in str(Registration.objects.filter(pk=made.pk).values())
    assert find_agreement(token) == made
    assert find_agreement(made.agreement_token_hash) is None


def test_a_known_school_is_taken_not_made_again(world):
    known = factories.school(name="Ash School", postcode="AS1 2BC", urn="100001")
    other = factories.school(name="Birch School", postcode="BI1 2BC", urn="100002")
    made = register(world.round, new_school(name="ash school", postcode="as1 2bc"), DETAILS, by=None, now=NOW)
    assert made.school == known
    made = register(world.round, new_school(name="Other name", urn="100002"), DETAILS, by=None, now=NOW)
    assert made.school == other
    assert School.objects.count() == 2


def test_registering_twice_is_refused(world):
    register(world.round, new_school(), DETAILS, by=None, now=NOW)
    with pytest.raises(Refused, match="We already have a registration from Ash School"):
        register(world.round, new_school(), DETAILS, by=None, now=NOW)
    assert (Registration.objects.count(), len(sent("agreement"))) == (1, 1)


@pytest.mark.parametrize("status", ["planned", "closed", "archived"])
def test_only_an_open_round_takes_registrations(world, status):
    Round.objects.update(status=status)
    world.round.refresh_from_db()
    with pytest.raises(Refused, match="doesn't take registrations now"):
        register(world.round, new_school(), DETAILS, by=None, now=NOW)


def test_membership_of_the_ase_is_needed_where_the_round_says_so(world):
    world.round.needs_ase_membership = True
    with pytest.raises(Refused, match="Association for Science Education"):
        register(world.round, new_school(), DETAILS, by=None, now=NOW)
    assert register(world.round, new_school(), {**DETAILS, "ase_member": True}, by=None, now=NOW).ase_member


def test_s07_nothing_else_can_be_set(world):
    for extra in ({"status": "accepted"}, {"agreed_at": NOW}, {"hub": world.hub}):
        with pytest.raises(ValueError, match="Not part of a registration"):
            register(world.round, new_school(), {**DETAILS, **extra}, by=None, now=NOW)


def test_hq_may_register_a_school_others_with_an_account_not(world):
    assert register(world.round, new_school(), DETAILS, by=world.hq, now=NOW).pk
    with pytest.raises(PermissionDenied):
        register(world.round, new_school(name="B"), DETAILS, by=world.leader, now=NOW)


def test_the_headteacher_agrees_once(world):
    made = register(world.round, new_school(), DETAILS, by=None, now=NOW)
    pass_to_hub(made, world.hub, by=world.hq, now=NOW)
    token = token_in(sent("agreement")[0])
    agreed = agree(token, name=" Hana   Head ", now=NOW)
    assert (agreed.agreed_name, agreed.agreed_at) == ("Hana Head", NOW)
    assert agree(token, name="Somebody Else", now=NOW).agreed_name == "Hana Head"
    assert [mail.recipient for mail in sent("registration_agreed")] == [world.leader]
    with pytest.raises(Refused, match="This link doesn't work any more"):
        agree("wrong", name="Hana", now=NOW)


def test_a_fresh_link_kills_the_old_one(world):
    made = register(world.round, new_school(), DETAILS, by=None, now=NOW)
    old = token_in(sent("agreement")[0])
    send_agreement_again(made, by=world.hq, now=NOW)
    fresh = token_in(Email.objects.filter(template="hubs/mail/agreement").order_by("pk").last())
    assert find_agreement(old) is None
    assert find_agreement(fresh) == made
    agree(fresh, name="Hana", now=NOW)
    with pytest.raises(Refused, match="agreed already"):
        send_agreement_again(made, by=world.hq, now=NOW)


def test_hq_records_an_agreement_on_paper(world):
    made = register(world.round, new_school(), DETAILS, by=None, now=NOW)
    agree(made, name="Hana Head", now=NOW, by=world.hq, signed_on="Monday 2 November 2026")
    entry = HistoryEntry.objects.get(machine="registration", action="agree")
    assert (entry.by, entry.reason) == (
        world.hq,
        "Agreement on paper, signed by Hana Head on Monday 2 November 2026",
    )
    with pytest.raises(PermissionDenied):
        agree(made, name="Me", now=NOW, by=world.leader)


def test_hq_passes_it_to_a_hub_which_hands_it_back(world):
    made = register(world.round, new_school(), DETAILS, by=None, now=NOW)
    made = pass_to_hub(made, world.hub, by=world.hq, now=NOW)
    assert made.hub == world.hub
    (mail,) = sent("registration_passed")
    assert mail.recipient == world.leader
    made = hand_back(made, by=world.leader, now=NOW, reason="No room this year")
    assert (made.hub, made.status, made.answer_reason) == (None, "waiting", "No room this year")
    (mail,) = sent("registration_handed_back")
    assert (mail.recipient, "No room this year" in mail.text) == (world.hq, True)
    made = pass_to_hub(made, world.other, by=world.hq, now=NOW)
    assert (made.hub, made.answer_reason) == (world.other, "")


def test_a_hub_that_cant_take_it_is_refused_with_the_reason(world):
    made = register(world.round, new_school(), DETAILS, by=None, now=NOW)
    with pytest.raises(Refused, match="doesn't take part in Autumn 2026"):
        pass_to_hub(made, factories.hub(), by=world.hq, now=NOW)
    factories.member(made.school, person=world.leader)
    with pytest.raises(Refused, match="is or was at Ash School"):
        pass_to_hub(made, world.hub, by=world.hq, now=NOW)


def test_declining_tells_the_school_why(world):
    made = register(world.round, new_school(), DETAILS, by=None, now=NOW)
    with pytest.raises(Refused, match="Write the reason"):
        decline(made, by=world.hq, now=NOW, reason=" ")
    decline(made, by=world.hq, now=NOW, reason="No hub near you")
    mails = sent("registration_declined")
    assert {mail.to for mail in mails} == {"sam@ash.example", "hana@ash.example"}
    assert all("No hub near you" in mail.text for mail in mails)
    assert register(world.round, new_school(), DETAILS, by=None, now=NOW).status == "waiting"


def test_accepting_needs_a_hub_and_the_agreement(world):
    made = register(world.round, new_school(), DETAILS, by=None, now=NOW)
    with pytest.raises(Refused, match="First choose a hub"):
        accept(made, by=world.hq, now=NOW)
    pass_to_hub(made, world.hub, by=world.hq, now=NOW)
    with pytest.raises(Refused, match="headteacher hasn't agreed yet"):
        accept(made, by=world.leader, now=NOW)
    agree(made, name="Hana", now=NOW)
    assert accept(made, by=world.leader, now=NOW).status == "accepted"
    for again in ("accept", "decline", "pass_to_hub", "hand_back", "send_agreement"):
        with pytest.raises((Refused, PermissionDenied)):
            registration_machine.perform(made, again, by=world.hq, now=NOW, reason="x", hub=world.other)


def test_s06_who_may_make_which_move(world):
    made = factories.registration(factories.school(), world.hub, world.round, agreed=False)
    people = {
        "admin": world.hq,
        "finance": factories.hq(Role.HQ_FINANCE),
        "viewer": factories.hq(Role.HQ_VIEWER),
        "leader": world.leader,
        "mentor": world.mentor,
        "other leader": world.other_leader,
        "head": factories.member(made.school, Role.HEADTEACHER),
        "nobody": factories.user(),
    }
    found = {
        name: {offer.action for offer in registration_machine.offers(made, by=person, now=NOW)}
        for name, person in people.items()
    }
    assert {name: moves for name, moves in found.items() if moves} == {
        "admin": {"agree", "send_agreement", "pass_to_hub", "accept", "decline"},
        "leader": {"send_agreement", "hand_back", "accept"},
    }


def test_hq_hears_of_a_school_that_registers_by_itself(world):
    admin = factories.hq()
    factories.hq(Role.HQ_FINANCE)
    made = register(world.round, new_school(), DETAILS, by=None, now=NOW)
    told = [mail for mail in sent("registration_waiting") if mail.recipient == admin]
    assert [(mail.subject, mail.about) for mail in told] == [
        ("Ash School wants to take part: Autumn 2026", f"registration:{made.pk}")
    ]
    register(world.round, new_school(name="Oak School"), DETAILS, by=admin, now=NOW)
    assert not [mail for mail in sent("registration_waiting") if "Oak School" in mail.subject]


def renewed(world):
    made = register(world.round, new_school(), DETAILS, by=None, now=NOW)
    return made, token_in(sent("agreement")[0])


def test_s11_an_agreements_link_works_for_thirty_days_to_the_instant(world):
    made, token = renewed(world)
    assert made.agreement_ends_at == NOW + timedelta(days=30)
    assert "works until Wednesday 2 December 2026." in " ".join(sent("agreement")[0].text.split())
    with pytest.raises(Refused, match="Ask for a new one"):
        agree(token, name="Hana", now=NOW + timedelta(days=30))
    assert agree(token, name="Hana", now=NOW + timedelta(days=30, microseconds=-1)).agreed_at is not None


def test_s11_a_link_that_ran_out_shows_nothing_and_has_a_new_one_sent(world, client):
    made, old = renewed(world)
    with time_machine.travel(NOW + timedelta(days=31), tick=False):
        page = client.get(f"/agreement/{old}/")
        assert page.status_code == 410
        assert "Ash School" not in page.content.decode()
        assert client.post(f"/agreement/{old}/", {"name": "Hana", "agree": "on"}).url == "/agreement/sent/"
        assert client.get("/agreement/sent/").status_code == 200
        mails = sent("agreement")
        assert [mail.to for mail in mails] == [made.headteacher_email] * 2
        fresh = token_in(max(mails, key=lambda mail: mail.pk))
        # The old link is dead: no second mail can be had by it, and by the new one none before it runs out.
        assert client.post(f"/agreement/{old}/").status_code == 404
        assert client.post(f"/agreement/{fresh}/", {"name": ""}).status_code == 200
        with pytest.raises(Refused, match="newest email"):
            renew_agreement(fresh, now=now())
        assert len(sent("agreement")) == 2
        assert "Agree that your school takes part" in client.get(f"/agreement/{fresh}/").content.decode()
        agree(fresh, name="Hana", now=now())
    with time_machine.travel(NOW + timedelta(days=62), tick=False):
        page = client.get(f"/agreement/{fresh}/").content.decode()
        assert "You don’t need to do anything" in page
        assert "Hana" not in page
        client.post(f"/agreement/{fresh}/")
    assert len(sent("agreement")) == 2
