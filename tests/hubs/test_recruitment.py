"""Whom a hub may ask, what a school answers, and that nobody is asked twice."""

from datetime import timedelta
from decimal import Decimal
from threading import Event
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from awards.models import Award
from hubs import slots
from hubs.domain import mailings
from hubs.domain import recruitment as domain
from hubs.domain.hubs import take_part
from hubs.domain.registrations import register
from hubs.models import MailOut, OptOut, Prospect
from hubs.pages import recruitment as pages
from messaging.domain.delivery import deliver
from messaging.models import Email, Suppression
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from rounds.models import Round
from schools.distance import METRES_IN_A_MILE, Point
from tests import factories
from tests.factories import NOW
from tests.hubs.test_registrations import DETAILS
from tests.support.races import PATIENCE, at_once

pytestmark = pytest.mark.django_db
PLACE = Point(480_000, 190_000)
# The world's round is Autumn 2026, whose recruiting ends in September.
EARLY = NOW.replace(month=7)


@pytest.fixture(autouse=True)
def _fee(monkeypatch):
    monkeypatch.setattr(slots, "fee_of_round", [lambda _round, _school: Decimal(750)])


@pytest.fixture
def other_round(world):
    return factories.hub_round(world.other, world.round)


def near(miles=1.0, **fields):
    return factories.school(
        easting=PLACE.easting + round(miles * METRES_IN_A_MILE), northing=PLACE.northing, **fields
    )


def pick(world, *schools, by=None):
    return domain.pick(world.hub_round, [one.pk for one in schools], by=by or world.leader, now=EARLY)


def sent(world, *schools, now=EARLY):
    """Picked and mailed to."""
    pick(world, *schools)
    rows = Prospect.objects.filter(school__in=schools, status="picked")
    wanted = mailings.Wanted(how="mail", people={row.pk: ("", f"head{row.pk}@test.example") for row in rows})
    draft = mailings.save_draft(world.hub_round, wanted, by=world.leader, now=now)
    return mailings.send(draft, by=world.leader, now=now)


def token_of(school) -> str:
    text = Email.objects.get(about=f"prospect:{Prospect.objects.get(school=school).pk}").text
    return text.split("/invited/")[1].split("/")[0]


def awarded(school, until):
    made = factories.submission(place=school, status="notified", parts=False)
    return Award.objects.create(
        school=school, submission=made, number=f"PSQM-{made.pk}", school_name=school.name,
        level=made.target_level, awarded_on=until - timedelta(days=1000), valid_until=until,
    )  # fmt: skip


def found(world, **given):
    rows = pages.found(world.round, {"miles": "15", **given}, PLACE, today=london_day(NOW))
    assert rows is not None
    return [one.name for one in rows]


def test_lapsed_awards_come_first_then_the_nearest_and_who_takes_part_not_at_all(world):
    today = london_day(NOW)
    near(3, name="Never, further")
    near(1, name="Never, near")
    awarded(near(9, name="Current"), today + timedelta(days=500))
    awarded(near(8, name="Ends soon"), today + timedelta(days=300))
    lapsed = near(12, name="Lapsed")
    awarded(lapsed, today - timedelta(days=900))
    awarded(lapsed, today - timedelta(days=1))
    near(16, name="Too far")
    near(1, name="Closed", is_open=False)
    near(1, name="Infant", phase="infant")
    world.enrol(place=near(1, name="Takes part"))
    factories.registration(near(1, name="Registered"), None, world.round)
    domain.opt_out(near(1, name="Wants none"), reason="", by=None, now=NOW)
    assert found(world) == ["Lapsed", "Ends soon", "Infant", "Never, near", "Never, further", "Current"]
    assert found(world, phase="infant") == ["Infant"]
    assert found(world, award="lapsed") == ["Lapsed"]
    assert found(world, award="current") == ["Current"]
    assert "Too far" in found(world, miles="25")
    assert pages.found(world.round, {}, PLACE, today=today) is None
    assert pages.found(world.round, {"miles": "5"}, None, today=today) is None


def test_a_revoked_award_is_no_award(world):
    school = near(1, name="Revoked")
    Award.objects.filter(pk=awarded(school, london_day(NOW)).pk).update(status="revoked")
    assert found(world, award="never") == ["Revoked"]


def test_who_may_pick(world):
    school = near()
    for nobody in (world.mentor, world.other_leader, factories.user()):
        with pytest.raises(PermissionDenied):
            pick(world, school, by=nobody)
    assert pick(world, school).count == 1
    assert pick(world, near(), by=world.hq).count == 1
    with pytest.raises(Refused, match="Choose at least one school"):
        pick(world)
    Round.objects.filter(pk=world.round.pk).update(status="closed")
    world.hub_round.refresh_from_db()
    with pytest.raises(Refused, match="is over"):
        pick(world, near())


def test_no_school_is_asked_twice_in_a_season_by_two_hubs(world, other_round):
    school = near(name="Oak")
    pick(world, school)
    again = domain.pick(other_round, [school.pk], by=world.other_leader, now=EARLY)
    assert (again.count, again.refused) == (0, ["Oak is asked by another hub."])
    assert pick(world, school).refused == ["Oak is on your list already."]
    # The reaccreditation of the same season is the same season, another year is not.
    same = factories.round_(season="autumn", year=2026, kind="reaccreditation")
    renewing = take_part(world.other, same, training="online", by=None, now=NOW)
    refused = domain.pick(renewing, [school.pk], by=world.other_leader, now=EARLY).refused
    assert refused == ["Oak is asked by another hub."]
    later = factories.hub_round(world.other, factories.round_(season="autumn", year=2027))
    assert domain.pick(later, [school.pk], by=world.other_leader, now=EARLY).count == 1


def test_an_opt_out_wins_at_picking_and_takes_back_what_was_picked(world):
    picked, asked, out = near(), near(), near(name="Ash")
    pick(world, picked)
    sent(world, asked)
    domain.opt_out(out, reason="They rang.", by=world.hq, now=NOW)
    assert pick(world, out).refused == [
        "Ash can’t be asked: it takes part already, has registered, or wants no invitations."
    ]
    for school in (picked, asked):
        domain.opt_out(school, reason="", by=None, now=NOW)
    assert not Prospect.objects.filter(school=picked).exists()
    assert Prospect.objects.get(school=asked).status == "declined"
    assert OptOut.objects.count() == 3
    with pytest.raises(PermissionDenied):
        domain.opt_out(near(), reason="", by=world.leader, now=NOW)


def test_hq_lifts_an_opt_out_with_a_reason_that_is_kept(world):
    row = domain.opt_out(near(), reason="They rang.", by=world.hq, now=NOW)
    assert domain.opt_out(row.school, reason="Twice", by=None, now=NOW) == row
    with pytest.raises(PermissionDenied):
        domain.lift(row, reason="They rang again.", by=world.leader, now=NOW)
    with pytest.raises(Refused, match="Write the reason"):
        domain.lift(row, reason=" ", by=world.hq, now=NOW)
    domain.lift(row, reason="They rang again.", by=world.hq, now=NOW)
    assert pick(world, row.school).count == 1
    kept = HistoryEntry.objects.filter(machine="opt_out", subject_id=row.school_id)
    assert [(one.action, one.reason) for one in kept] == [
        ("make", "They rang."),
        ("lift", "They rang again."),
    ]


def test_put_back_what_was_picked_and_nothing_else(world, other_round):
    mine, asked, theirs = near(), near(), near()
    pick(world, mine)
    sent(world, asked)
    domain.pick(other_round, [theirs.pk], by=world.other_leader, now=EARLY)
    keys = dict(Prospect.objects.values_list("school_id", "pk"))

    def put_back(school, by=world.leader):
        return domain.put_back(world.hub_round, [keys[school.pk]], by=by, now=NOW)

    with pytest.raises(PermissionDenied):
        put_back(mine, by=world.mentor)
    with pytest.raises(Refused, match="was invited"):
        put_back(asked)
    with pytest.raises(Refused, match="Choose at least one school"):
        put_back(theirs)
    assert put_back(mine) == 1
    assert domain.pick(other_round, [mine.pk], by=world.other_leader, now=EARLY).count == 1


# Sending -------------------------------------------------------------------------------------------------


def test_a_mail_says_what_was_previewed_and_only_the_hash_of_its_link_is_kept(world):
    school = near(name="Oak", headteacher_name="Hana Hill")
    sent(world, school)
    mail, row = Email.objects.get(template="hubs/mail/invitation"), Prospect.objects.get()
    assert mail.subject == "An invitation to Oak: Primary Science Quality Mark, Autumn 2026"
    assert mail.text.startswith("Hello Hana Hill,\n\nThe Primary Science Quality Mark develops")
    assert "Taking part costs £750 for the whole school.\n" in mail.text
    assert "I enclose" not in mail.text
    assert "Our first training" not in mail.text
    assert (mail.to, mail.secret) == (row.email, True)
    token = token_of(school)
    assert len(token) == 32
    assert token not in str(Prospect.objects.values())
    assert domain.find_invited(token) == row
    assert (row.status, row.sent_at, row.fee) == ("sent", EARLY, 750)
    with pytest.raises(Refused, match="on their way already"):
        mailings.send(row.mail_out, by=world.leader, now=NOW)


def test_names_make_no_links_and_no_fields(world):
    """S24: what somebody typed stays what it is."""
    sent(world, near(name="{leader.__class__} [a](https://evil.example) Oak"))
    mail = Email.objects.get(template="hubs/mail/invitation")
    assert "{leader.__class__} [a](https://evil.example) Oak" in mail.text
    assert "evil.example" not in "".join(part.split(">")[0] for part in mail.html.split("<a ")[1:])


def test_an_opt_out_wins_at_sending_and_again_when_the_mail_leaves(world):
    stays, leaves, late = near(), near(), near()
    pick(world, stays, leaves, late)
    rows = {row.pk: ("", f"head{row.pk}@test.example") for row in Prospect.objects.all()}
    draft = mailings.save_draft(
        world.hub_round, mailings.Wanted(how="mail", people=rows), by=world.leader, now=EARLY
    )
    OptOut.objects.create(school=leaves, at=NOW)
    mailings.send(draft, by=world.leader, now=EARLY)
    assert Email.objects.filter(template="hubs/mail/invitation").count() == 2
    assert Prospect.objects.get(school=leaves).status == "picked"
    domain.opt_out(late, reason="", by=None, now=EARLY)
    for mail in Email.objects.filter(template="hubs/mail/invitation"):
        deliver(mail.pk, now=EARLY)
    states = Email.objects.filter(template="hubs/mail/invitation").values_list("about", "state")
    assert dict(states) == {
        f"prospect:{Prospect.objects.get(school=stays).pk}": "sent",
        f"prospect:{Prospect.objects.get(school=late).pk}": "dropped",
    }


def test_nothing_goes_to_an_address_from_which_mail_came_back(world):
    gone, fine = near(), near()
    pick(world, gone, fine)
    keys = dict(Prospect.objects.values_list("school_id", "pk"))
    Suppression.objects.create(address="gone@test.example", why="bounce", since=NOW)
    people = {keys[gone.pk]: ("", "Gone@test.example"), keys[fine.pk]: ("", "fine@test.example")}
    draft = mailings.save_draft(
        world.hub_round, mailings.Wanted(how="mail", people=people), by=world.leader, now=EARLY
    )
    mailings.send(draft, by=world.leader, now=EARLY)
    assert [mail.to for mail in Email.objects.filter(template="hubs/mail/invitation")] == [
        "fine@test.example"
    ]
    assert Prospect.objects.get(school=gone).status == "picked"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda world, patched: patched.setattr(slots, "fee_of_round", []), "HQ hasn’t set the fee"),
        (
            lambda world, _: Round.objects.filter(pk=world.round.pk).update(status="planned"),
            "isn’t open for schools",
        ),
        (lambda world, _: world.leader.hub_memberships.update(ended_at=NOW), "has no hub leader"),
    ],
)
def test_why_nothing_can_go_out(world, monkeypatch, change, sentence):
    pick(world, near())
    change(world, monkeypatch)
    world.hub_round.round.refresh_from_db()
    wanted = mailings.Wanted(how="mail", people={Prospect.objects.get().pk: ("", "a@test.example")})
    with pytest.raises(Refused, match=sentence):
        mailings.save_draft(world.hub_round, wanted, by=world.hq, now=EARLY)


def test_a_fee_that_changed_is_seen_before_it_goes_out(world, monkeypatch):
    pick(world, near())
    wanted = mailings.Wanted(how="mail", people={Prospect.objects.get().pk: ("", "a@test.example")})
    draft = mailings.save_draft(world.hub_round, wanted, by=world.leader, now=EARLY)
    monkeypatch.setattr(slots, "fee_of_round", [lambda _round, _school: Decimal(800)])
    with pytest.raises(Refused, match="The fee has changed"):
        mailings.send(draft, by=world.leader, now=EARLY)
    draft = mailings.save_draft(world.hub_round, wanted, by=world.leader, now=EARLY)
    assert mailings.send(draft, by=world.leader, now=EARLY).status == "made"


def test_giving_a_draft_up_leaves_the_schools_picked(world):
    pick(world, near())
    wanted = mailings.Wanted(how="mail", people={Prospect.objects.get().pk: ("", "a@test.example")})
    mailings.drop(mailings.save_draft(world.hub_round, wanted, by=world.leader, now=EARLY), by=world.leader)
    assert not MailOut.objects.exists()
    assert Prospect.objects.get().status == "picked"


# The school's answer -------------------------------------------------------------------------------------


def test_opened_registered_whichever_way_it_came(world):
    school, by_itself = near(), near()
    sent(world, school)
    pick(world, by_itself)
    row = Prospect.objects.get(school=school)
    domain.note_opened(row, now=NOW)
    domain.note_opened(row, now=NOW + timedelta(days=1))
    row.refresh_from_db()
    assert (row.status, row.opened_at) == ("opened", NOW)
    for place in (school, by_itself):
        register(world.round, place, DETAILS, by=None, now=NOW)
        row = Prospect.objects.get(school=place)
        assert (row.status, row.answered_at) == ("registered", NOW)
    assert domain.inviting_hub(school, world.round) == world.hub
    assert domain.inviting_hub(by_itself, world.round) is None
    with pytest.raises(Refused, match="has registered"):
        domain.decline(Prospect.objects.get(school=school), reason="", now=NOW)


def test_no_thank_you_once_with_its_reason(world):
    sent(world, school := near())
    row = domain.find_invited(token_of(school))
    domain.decline(row, reason="No time this year", now=EARLY)
    domain.decline(row, reason="Again", now=NOW)
    row.refresh_from_db()
    assert (row.status, row.reason, row.answered_at) == ("declined", "No time this year", EARLY)


def test_a_link_lives_until_recruiting_ends_and_120_days_at_most(world):
    sent(world, school := near(), now=EARLY)
    row = domain.find_invited(token_of(school))
    last = domain.last_day_of(world.round)
    assert not domain.is_over(row, now=EARLY)
    assert not domain.is_over(row, now=NOW.replace(month=last.month, day=last.day))
    assert domain.is_over(row, now=NOW.replace(month=last.month, day=last.day) + timedelta(days=1))
    world.round.milestones.filter(step="recruit").delete()
    assert not domain.is_over(row, now=EARLY + timedelta(days=119))
    assert domain.is_over(row, now=EARLY + timedelta(days=120))


# Two at once ---------------------------------------------------------------------------------------------


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guard", ["both", "the database alone"])
def test_r17_of_two_hubs_that_pick_one_school_at_once_one_gets_it(guard):
    cycle, school = factories.round_(), factories.school()
    hubs = [factories.hub_round(factories.hub(), cycle) for _ in range(4)]
    leaders = [factories.hub_member(one.hub) for one in hubs]
    jobs = [
        lambda row=row, leader=leader: domain.pick(row, [school.pk], by=leader, now=NOW)
        for row, leader in zip(hubs, leaders, strict=True)
    ]
    names = dict.fromkeys([school.pk], school.name)
    if guard == "both":
        ends = at_once(jobs)
    else:
        with patch.object(domain, "lock_schools", lambda _: names):
            ends = at_once(jobs)
    assert sorted(end.count for end in ends) == [0, 0, 0, 1]
    refused = [sentence for end in ends for sentence in end.refused]
    assert refused == [f"{school} is asked by another hub."] * 3
    assert Prospect.objects.count() == 1


@pytest.mark.django_db
def test_r17_control_it_is_the_database_that_refuses_the_second():
    cycle, school = factories.round_(), factories.school()
    fields = {"round": cycle, "school": school, "season": "2026-autumn", "picked_at": NOW}
    Prospect.objects.create(hub=factories.hub(), picked_by=factories.user(), **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Prospect.objects.create(hub=factories.hub(), picked_by=factories.user(), **fields)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_an_opt_out_and_a_pick_at_once_never_leave_a_school_picked():
    row, schools = (
        factories.hub_round(factories.hub(), factories.round_()),
        [factories.school() for _ in "12345"],
    )
    leader, keys = factories.hub_member(row.hub), [one.pk for one in schools]
    at_once(
        [
            lambda: domain.pick(row, keys, by=leader, now=NOW),
            *(lambda one=one: domain.opt_out(one, reason="", by=None, now=NOW) for one in schools),
        ]
    )
    assert OptOut.objects.count() == len(schools)
    assert not Prospect.objects.exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_a_school_that_wants_none_is_picked():
    row, school = factories.hub_round(factories.hub(), factories.round_()), factories.school()
    leader, looked, said_no = factories.hub_member(row.hub), Event(), Event()
    askable = domain.askable

    def looks_then_waits(rows, round_):
        kept = list(askable(rows, round_).values_list("pk", flat=True))
        looked.set()
        said_no.wait(timeout=PATIENCE)
        return rows.filter(pk__in=kept)

    def says_no():
        looked.wait(timeout=PATIENCE)
        domain.opt_out(school, reason="", by=None, now=NOW)
        said_no.set()

    names = {school.pk: school.name}
    with (
        patch.object(domain, "lock_schools", lambda _: names),
        patch.object(domain, "askable", looks_then_waits),
    ):
        at_once([lambda: domain.pick(row, [school.pk], by=leader, now=NOW), says_no])
    assert (OptOut.objects.count(), Prospect.objects.count()) == (1, 1)
