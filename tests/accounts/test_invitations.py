"""S11: an invitation is used once, by the right person, in time."""

from datetime import timedelta
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from accounts.domain import hq, invitations
from accounts.domain.joining import join_by_invitation
from accounts.models import HQMembership, Invitation, User
from messaging.models import Email
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from psqm_portal.core.secret_links import hash_of
from schools.models import SchoolMembership
from tests import factories
from tests.support.races import PATIENCE, at_once

PASSWORD = "three purple beakers"


def invite(email="ana@school.example", role=Role.SUBJECT_LEADER, scope=None, by=None, at=None):
    scope = scope or f"school:{factories.school(name='Oak Primary').pk}"
    return invitations.invite(email=email, name="Ana Lee", role=role, scope=scope, by=by, now=at or now())


@pytest.mark.django_db
def test_s11_a_token_has_192_bits_and_only_its_hash_is_kept():
    made = invite()
    row = Invitation.objects.get(pk=made.pk)
    assert len(made.token) == 32
    assert row.token_hash == hash_of(made.token)
    assert made.token not in str(row.__dict__)
    assert row.token == ""


@pytest.mark.django_db
@pytest.mark.parametrize(("scope", "life"), [("hq", timedelta(hours=48)), ("school:1", timedelta(days=14))])
def test_s11_hq_has_48_hours_others_14_days(scope, life):
    made = invite(scope=scope, role=Role.HQ_ADMIN, at=factories.NOW)
    assert made.expires_at == factories.NOW + life


@pytest.mark.django_db
def test_the_mail_is_secret_and_holds_the_link_of_the_configured_origin(settings):
    made = invite(by=factories.hq(person=factories.user("Hetty Queue")))
    mail = Email.objects.get()
    assert mail.secret
    assert mail.to == "ana@school.example"
    assert mail.subject == "Your invitation to the PSQM portal: subject leader at Oak Primary"
    assert f"{settings.PORTAL_ORIGIN}{reverse('invitation', args=[made.token])}\n" in mail.text
    assert "Hetty Queue invites you" in mail.text


@pytest.mark.django_db
def test_inviting_again_kills_the_older_link():
    first = invite(scope="hq", role=Role.HQ_VIEWER)
    second = invite(scope="hq", role=Role.HQ_VIEWER)
    first.refresh_from_db()
    assert first.withdrawn_at is not None
    assert second.is_open(now())


@pytest.mark.django_db
def test_a_new_person_gets_an_account_a_confirmed_address_and_is_signed_in(client):
    made = invite()
    url = reverse("invitation", args=[made.token])
    assert "ana@school.example" in client.get(url).content.decode()
    answer = client.post(url, {"name": "  Ana   Lee ", "password": PASSWORD})
    assert (answer.status_code, answer.url) == (302, reverse("home"))
    user = User.objects.get(email="ana@school.example")
    assert (user.name, user.check_password(PASSWORD)) == ("Ana Lee", True)
    address = EmailAddress.objects.get(user=user)
    assert (address.email, address.verified, address.primary) == (user.email, True, True)
    assert get_user(client) == user
    membership = SchoolMembership.objects.get()
    assert (membership.user, membership.role, membership.ended_at) == (user, "subject leader", None)
    made.refresh_from_db()
    assert made.accepted_by == user


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("password", "words"),
    [("short", "too short"), ("ana@school.example", "too similar"), ("q1w2e3r4t5y6", "too common")],
)
def test_a_weak_password_is_refused_and_nothing_is_made(client, password, words):
    made = invite()
    answer = client.post(reverse("invitation", args=[made.token]), {"name": "Ana Lee", "password": password})
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not User.objects.filter(email="ana@school.example").exists()


@pytest.mark.django_db
def test_a_known_person_signs_in_first_then_accepts(client):
    person = factories.user("Ana Lee", email="ana@school.example")
    made = invite()
    url = reverse("invitation", args=[made.token])
    page = client.get(url).content.decode()
    assert f"{reverse('account_login')}?next={url}" in page
    client.post(url, {"name": "Somebody", "password": PASSWORD})
    assert SchoolMembership.objects.count() == 0
    client.force_login(person)
    assert "Accept the invitation" in client.get(url).content.decode()
    assert client.post(url).status_code == 302
    assert SchoolMembership.objects.get().user == person


@pytest.mark.django_db
def test_s11_the_wrong_account_is_told_so_and_changes_nothing(client):
    other = factories.user("Bo Dunn")
    made = invite()
    url = reverse("invitation", args=[made.token])
    client.force_login(other)
    for answer in (client.get(url), client.post(url)):
        assert answer.status_code == 403
        page = answer.content.decode()
        assert "This invitation is for somebody else" in page
        assert "ana@school.example" not in page
    with pytest.raises(PermissionDenied):
        invitations.accept(made.token, user=other, now=now())
    assert SchoolMembership.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["unknown", "used", "withdrawn", "expired", "closed account"])
def test_s11_closed_links_all_look_the_same(client, state):
    made = invite()
    person = None
    match state:
        case "used":
            person = factories.user(email="ana@school.example")
            invitations.accept(made.token, user=person, now=now())
        case "withdrawn":
            invitations.withdraw(made, by=factories.hq(), now=now())
        case "expired":
            Invitation.objects.update(expires_at=now())
        case "closed account":
            factories.user(email="ana@school.example", is_active=False)
    token = "x" * 32 if state == "unknown" else made.token
    for answer in (
        client.get(reverse("invitation", args=[token])),
        client.post(reverse("invitation", args=[token]), {"name": "Ana", "password": PASSWORD}),
    ):
        assert answer.status_code == 410
        assert "This link can’t be used" in answer.content.decode()
    assert SchoolMembership.objects.count() == (1 if state == "used" else 0)


@pytest.mark.django_db
def test_accepting_late_is_refused_to_the_instant():
    person = factories.user(email="ana@school.example")
    made = invite(at=factories.NOW)
    with pytest.raises(Refused, match="can't be used any more"):
        invitations.accept(made.token, user=person, now=made.expires_at)
    invitations.accept(made.token, user=person, now=made.expires_at - timedelta(microseconds=1))


@pytest.mark.django_db
def test_an_accepted_invitation_cannot_be_withdrawn_or_sent_again():
    person = factories.user(email="ana@school.example")
    made = invite()
    invitations.accept(made.token, user=person, now=now())
    made.refresh_from_db()
    with pytest.raises(Refused, match="accepted already"):
        invitations.withdraw(made, by=person, now=now())
    with pytest.raises(Refused, match="accepted already"):
        invitations.send_again(made, by=person, now=now())


@pytest.mark.django_db
def test_a_failing_handler_undoes_the_whole_joining():
    made = invite(scope="school:999999")  # the school is gone
    with pytest.raises(Exception, match="does not exist"):
        join_by_invitation(made.token, name="Ana", password=PASSWORD, now=now())
    assert not User.objects.filter(email="ana@school.example").exists()
    made.refresh_from_db()
    assert made.accepted_at is None


@pytest.mark.django_db
def test_an_hq_invitation_makes_an_hq_membership(client):
    made = invite(email="new@hq.example", role=Role.HQ_FINANCE, scope="hq")
    client.post(reverse("invitation", args=[made.token]), {"name": "New One", "password": PASSWORD})
    assert HQMembership.objects.get(user__email="new@hq.example").role == "HQ finance"
    answer = client.get(reverse("home"))
    assert (answer.status_code, answer.url) == (303, reverse("mfa_activate_totp"))
    # A password that was set just now is fresh enough to set up a second factor.
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_s11_eight_join_at_once_and_one_does():
    made = invite()
    join = lambda: join_by_invitation(made.token, name="Ana Lee", password=PASSWORD, now=now())  # noqa: E731
    results = at_once([join] * 8)
    assert [type(result) for result in results if not isinstance(result, Refused)] == [User]
    assert User.objects.filter(email="ana@school.example").count() == 1
    assert SchoolMembership.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_s11_a_known_person_accepts_in_eight_tabs_and_one_counts():
    person = factories.user(email="ana@school.example")
    made = invite()
    results = at_once([lambda: invitations.accept(made.token, user=person, now=now())] * 8)
    assert [type(result) for result in results if not isinstance(result, Refused)] == [Invitation]
    assert SchoolMembership.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_s11_control_who_looks_first_and_writes_then_lets_several_in(monkeypatch):
    person = factories.user(email="ana@school.example")
    made = invite()
    together = Barrier(8)

    def looks_then_writes(invitation, user, now):
        is_open = Invitation.objects.get(pk=invitation.pk).is_open(now)
        together.wait(timeout=PATIENCE)
        if is_open:
            Invitation.objects.filter(pk=invitation.pk).update(accepted_at=now, accepted_by=user)
        return is_open

    monkeypatch.setattr(invitations, "_take", looks_then_writes)
    results = at_once([lambda: invitations.accept(made.token, user=person, now=now())] * 8)
    assert sum(isinstance(result, Invitation) for result in results) > 1


@pytest.mark.django_db
def test_the_command_prints_a_link_that_works(capsys, settings):
    from django.core.management import call_command

    call_command("invite_hq", "First@HQ.example", "--name", "First Admin")
    link = capsys.readouterr().out.strip()
    assert link.startswith(f"{settings.PORTAL_ORIGIN}/invitations/")
    answer = Client().get(link.removeprefix(settings.PORTAL_ORIGIN))
    assert answer.status_code == 200
    made = Invitation.objects.get()
    assert (made.email, made.role, made.scope, made.invited_by) == (
        "first@hq.example",
        "HQ admin",
        "hq",
        None,
    )


@pytest.mark.django_db
def test_s04_who_leaves_hq_comes_back_by_no_invitation_of_their_own():
    leaving, staying = factories.hq(), factories.hq()
    own = invite("private@mail.example", Role.HQ_ADMIN, "hq", by=leaving)
    others = invite("new@psqm.example", Role.HQ_ADMIN, "hq", by=staying)
    for_a_school = invite(by=leaving)
    hq.end(leaving.hq_memberships.get(), by=staying, now=now())
    with pytest.raises(Refused):
        invitations.accept(own.token, user=factories.user(email="private@mail.example"), now=now())
    assert Invitation.objects.get(pk=own.pk).withdrawn_at is not None
    assert {row.pk for row in Invitation.objects.filter(withdrawn_at=None)} == {others.pk, for_a_school.pk}
