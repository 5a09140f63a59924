"""To HQ, from the page where it comes up to the page that says what settling it does."""

from datetime import date
from decimal import Decimal

import pytest

from messaging.domain.conversations import post
from payments.models import Earning, EarningTerms, Invoice
from submissions.domain import cases
from submissions.models import Case, Submission
from tests import factories
from tests.support.queries import own_queries

SAID = {"kind": "change", "title": "Sam leaves", "text": "At Easter."}


def _case(world, person="subject leader", **fields):
    return cases.raise_case(
        world.submission, **{**SAID, **fields}, by=world.people[person], now=factories.NOW
    )


def _seen(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("page", ["", "messages/"])
def test_the_way_to_hq_stands_on_the_pages_where_it_comes_up(world, as_, page):
    for role in ("subject leader", "headteacher", "hub leader", "mentor", "hq"):
        assert f"{world.url}cases/new/" in _seen(as_(world.people[role]), f"{world.url}{page}")


def test_it_stands_on_the_hubs_page(world, as_):
    hub = world.submission.hub
    for role in ("hub leader", "mentor", "hq"):
        assert f"/hubs/{hub.slug}/cases/new/" in _seen(as_(world.people[role]), f"/hubs/{hub.slug}/")
    assert "cases/new" not in _seen(as_(world.people["viewer"]), f"/hubs/{hub.slug}/")
    answer = as_(world.people["mentor"]).post(f"/hubs/{hub.slug}/cases/new/", SAID)
    assert (Case.objects.get().submission, answer.status_code) == (None, 302)
    text = _seen(as_(world.people["hq"]), answer["Location"])
    assert "Replace the hub leader" in text
    assert "Withdraw the school" not in text


def test_who_raised_it_reads_the_answer_and_none_of_hqs_notes(world, as_):
    client = as_(world.people["subject leader"])
    url = client.post(f"{world.url}cases/new/", SAID)["Location"]
    assert "HQ’s answer will stand here" in _seen(client, url)
    hq = as_(world.people["hq"])
    hq.post(f"{url}note/", {"text": "Rang the head."})
    hq.post(f"{url}owner/", {"mine": "yes"})
    assert Case.objects.get().owner == world.people["hq"]
    given = {"answer": "Ask your head."}
    assert Case.objects.get().is_open
    assert "Ask your head." in hq.post(f"{url}settle/answer/", given).content.decode()
    assert Case.objects.get().is_open
    hq.post(f"{url}settle/answer/", {**given, "confirmed": "yes"})
    assert "Rang the head." in _seen(hq, url)
    text = _seen(as_(world.people["subject leader"]), url)
    assert "Ask your head." in text
    assert "Rang the head." not in text
    assert "Open it again" not in text
    assert as_(world.people["headteacher"]).get(url).status_code == 404


def test_who_talks_with_hq_chooses_what_it_is_about(world, as_):
    people, submission = world.people, world.submission
    hub, school = f"/hubs/{submission.hub.slug}/cases/new/", f"{world.url}cases/new/"
    for role, links in {
        "hub leader": {hub, school},
        "mentor": {hub, school},
        "headteacher": {school},
        "other hub": set(),
        "hq": set(),
    }.items():
        text = _seen(as_(people[role]), "/cases/new/")
        assert {link for link in (hub, school) if link in text} == links
    text = _seen(as_(people["hq"]), f"/cases/new/?leader={people['hub leader'].pk}")
    assert hub in text
    assert school in text
    assert hub not in _seen(as_(people["other hub"]), f"/cases/new/?leader={people['hub leader'].pk}")


def test_the_thread_is_attached_for_hq(world, as_):
    people = world.people
    for number in range(7):
        post(
            world.submission.conversation, by=people["hub leader"], body=f"Word {number}.", now=factories.NOW,
            tell=[], about="", url="/", title="",
        )  # fmt: skip
    text = _seen(as_(people["hq"]), _case(world).get_absolute_url())
    assert [f"Word {number}." in text for number in range(7)] == [False, False, True, True, True, True, True]


def test_moving_lists_people_places_and_money_first(world, as_):
    submission = world.submission
    EarningTerms.objects.create(
        round=submission.round, share_enrolment=50, share_training=0, share_submission=50
    )
    Earning.objects.create(
        payee=world.people["hub leader"], submission=submission, kind="school", instalment="enrolment",
        rate=Decimal(350), amount=Decimal(175), cause="x", earned_at=factories.NOW,
    )  # fmt: skip
    Invoice.objects.create(
        submission=submission, status="issued", number="PSQM-2627-00001", payer_name="School",
        total=Decimal(750), paid=Decimal(250), made_at=factories.NOW, issued_on=date(2026, 11, 1),
        due_on=date(2026, 12, 1),
    )  # fmt: skip
    hub, full = factories.hub(name="Chilterns"), factories.hub(name="Full")
    leader = factories.hub_member(hub, person=factories.user("Nia New"))
    factories.hub_member(full)
    factories.hub_round(hub, submission.round, seats=3)
    factories.hub_round(full, submission.round, seats=0)
    url, client = f"{_case(world).get_absolute_url()}settle/move-hub/", as_(world.people["hq"])
    given = {"hub": full.pk, "reason": "It is nearer & Sam’s wish.", "answer": "Done."}
    assert "Full has no free place" in client.post(url, given).content.decode()
    text = client.post(url, given | {"hub": hub.pk}).content.decode()
    for words in (
        "takes one of 3 free places of Chilterns",
        "Nia New leads it from then on",
        "can’t open its work and messages any more",
        "Invoice PSQM-2627-00001 over £750.00, £250.00 of it paid, stays as it is.",
        f"£175.00 on enrolment is earned by {world.people['hub leader']} and stays theirs (not paid yet).",
        "£175.00 on submitting falls due to Nia New.",
        "It is nearer &amp; Sam’s wish.",
    ):
        assert words in text, words
    for person in ("subject leader", "headteacher", "hub leader", "mentor"):
        assert str(world.people[person]) in text
    assert Submission.objects.get(pk=submission.pk).hub == submission.hub
    assert "It is nearer" in client.post(url, given | {"hub": hub.pk, "change": "yes"}).content.decode()
    answer = client.post(url, given | {"hub": hub.pk, "confirmed": "yes"})
    assert answer.status_code == 302
    assert Submission.objects.get(pk=submission.pk).hub.hub_rounds.get().hub == hub
    assert leader.hub_memberships.get().hub == hub


def test_money_of_withdrawing_and_deferring_is_listed(world, as_):
    submission = world.submission
    Invoice.objects.create(
        submission=submission, status="paid", number="PSQM-2627-00001", payer_name="School",
        total=Decimal(750), paid=Decimal(750), made_at=factories.NOW, issued_on=date(2026, 11, 1),
        due_on=date(2026, 12, 1),
    )  # fmt: skip
    later = factories.round_(opens=date(2027, 4, 1), framework=submission.round.framework, name="Spring 2028")
    factories.hub_round(submission.hub, later)
    url, client = f"{_case(world).get_absolute_url()}settle/", as_(world.people["hq"])
    words = {"reason": "r", "answer": "a"}
    text = client.post(f"{url}withdraw/", words).content.decode()
    assert "a credit note and a refund of up to £750.00 are due" in text
    assert "£350.00 on enrolment doesn’t fall due any more." in text
    text = client.post(
        f"{url}defer/", {**words, "round": later.pk, "hub": submission.hub_id}
    ).content.decode()
    assert "goes along to Spring 2028: the school doesn’t pay again." in text
    # The moves that have a page of their own say it too.
    assert "credit note and a refund" in _seen(client, f"{world.url}do/withdraw/")


def test_replacing_a_leader_lists_what_they_earned(world, as_):
    submission = world.submission
    Earning.objects.create(
        payee=world.people["hub leader"], submission=submission, kind="school", instalment="enrolment",
        rate=Decimal(350), amount=Decimal(350), cause="x", earned_at=factories.NOW, paid_on=date(2026, 11, 1),
    )  # fmt: skip
    url = f"{_case(world).get_absolute_url()}settle/replace-leader/"
    given = {"name": "Nia New", "email": "nia@new.example", "answer": "a"}
    text = as_(world.people["hq"]).post(url, given).content.decode()
    assert f"stays with {world.people['hub leader']}: £350.00 paid, £0.00 not paid yet." in text
    assert "Nothing more falls due for the schools that the hub has now." in text
    assert "Nia New (nia@new.example), an invitation" in text


def test_what_cant_be_done_now_says_why(make_world, as_):
    world = make_world(status="submitted")
    case = _case(world)
    client = as_(world.people["hq"])
    text = _seen(client, case.get_absolute_url())
    assert "Not now: the submission is submitted." in text
    assert "Not now" in _seen(client, f"{case.get_absolute_url()}settle/defer/")
    assert client.get(f"{case.get_absolute_url()}settle/nonsense/").status_code == 404


@pytest.mark.parametrize("number", [1, 3, 10])
def test_list_and_home_cost_the_same_however_many_cases(world, as_, number):
    for count in range(number):
        _case(world, title=f"Case {count}")
    client = as_(world.people["hq"])
    assert "No case fits" in _seen(client, "/cases/?q=sam&whose=nobody")
    assert own_queries(client, "/cases/") == 2
    assert f"{number} case" in _seen(client, "/")
    assert "Case 0" in _seen(as_(world.people["subject leader"]), "/cases/")


def test_filters(world, as_):
    hq = world.people["hq"]
    mine, late, done = _case(world, title="Mine"), _case(world, title="Late"), _case(world, title="Done")
    cases.assign(mine, hq, by=hq, now=factories.NOW)
    Case.objects.filter(pk=late.pk).update(due_on=date(2026, 10, 1))
    cases.settle(done, "answered", answer="a", by=hq, now=factories.NOW)
    client = as_(hq)

    def found(query):
        text = _seen(client, f"/cases/?{query}")
        return {title for title in ("Mine", "Late", "Done") if f">{title}</a>" in text}

    assert found("") == {"Mine", "Late"}
    assert found("whose=mine") == {"Mine"}
    assert found("whose=nobody") == {"Late"}
    assert found("whose=late") == {"Late"}
    assert found("state=closed") == {"Done"}
    assert found("q=mine") == {"Mine"}
    assert found("whose=nonsense") == {"Mine", "Late"}
