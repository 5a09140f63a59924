"""HQ's mail log: what went to whom, what failed, sending again; never a secret."""

import pytest

from messaging.domain.mail import REMOVED, write
from messaging.models import Email, Suppression
from psqm_portal.core.models import LogEntry
from tests import factories
from tests.support.queries import own_queries

pytestmark = pytest.mark.django_db
NOW = factories.NOW


def written(**more):
    context = {"author": factories.user("Bo Dunn"), "title": "Oak Primary", "url": "/x/"}
    person = more.pop("to", None) or factories.user()
    return write("messaging/mail/new_message", to=person, now=NOW, context=context, **more)


def failed(**more):
    email = written(**more)
    Email.objects.filter(pk=email.pk).update(state="failed", tries=48, last_error="SMTPDataError")
    return email


def suppress(address, **more):
    return Suppression.objects.create(address=address, why="bounce", since=NOW, **more)


@pytest.fixture
def hq():
    return factories.hq()


@pytest.fixture
def hq_client(client, hq):
    client.force_login(hq)
    return client


def body(answer):
    return answer.content.decode()


def test_the_list_shows_state_and_address(hq_client):
    email = written()
    page = body(hq_client.get("/mail/"))
    assert email.to in page
    assert "New message from Bo Dunn: Oak Primary" in page
    assert "Waiting" in page


def test_filter_by_state_kind_and_words(hq_client):
    bad, waiting = failed(), written()
    sign_in = written()
    Email.objects.filter(pk=sign_in.pk).update(
        template="account/email/login_code", state="bounced", sent_at=NOW
    )
    for query, found in [
        ({"state": "failed"}, [bad]),
        ({"state": "bounced"}, [sign_in]),
        ({"kind": "messaging-new-message"}, [waiting, bad]),
        ({"kind": "hubs-agreement"}, []),
        ({"kind": "signing-in"}, [sign_in]),
        ({"q": waiting.to}, [waiting]),
        ({"q": waiting.recipient.name, "state": "waiting"}, [waiting]),
        ({"q": "nobody-of-that-name"}, []),
        ({"state": "nonsense"}, [sign_in, waiting, bad]),
    ]:
        assert list(hq_client.get("/mail/", query).context["page"]) == found, query


@pytest.mark.parametrize("count", [1, 3, 10])
def test_r24_the_list_costs_the_same_for_any_length(hq_client, count):
    for _ in range(count):
        failed()
    # The right (twice), count, mails with their people, counts by state, addresses.
    assert own_queries(hq_client, "/mail/") == 6


def test_the_list_loads_no_text(hq_client):
    written()
    (email,) = hq_client.get("/mail/").context["page"]
    assert {"text", "html"} <= email.get_deferred_fields()


def test_the_figures_lead_to_their_lists(hq_client):
    failed(), written(), written()
    suppress("a@x.example")
    suppress("b@x.example", lifted_at=NOW, lifted_by=factories.hq())
    figures = hq_client.get("/mail/").context["figures"]
    assert figures == {"waiting": 2, "failed": 1, "bounced": 0, "suppressed": 1}


def test_one_mail_shows_its_text(hq_client):
    email = written()
    assert "Bo Dunn wrote to you about Oak Primary." in body(hq_client.get(f"/mail/{email.pk}/"))


def test_a_secret_mail_shows_none(hq_client):
    email = written(secret=True)
    page = body(hq_client.get(f"/mail/{email.pk}/"))
    assert "wrote to you about" not in page
    assert "its text isn’t shown" in page


def test_only_a_failed_mail_has_the_button(hq_client):
    email = written()
    assert "Send it again" not in body(hq_client.get(f"/mail/{email.pk}/"))
    hq_client.post(f"/mail/{email.pk}/resend/")
    email.refresh_from_db()
    assert email.state == "waiting"
    Email.objects.update(state="failed", tries=48)
    assert "Send it again" in body(hq_client.get(f"/mail/{email.pk}/"))
    assert hq_client.get(f"/mail/{email.pk}/resend/").status_code == 405
    answer = hq_client.post(f"/mail/{email.pk}/resend/")
    assert (answer.status_code, answer.url) == (302, f"/mail/{email.pk}/")
    email.refresh_from_db()
    assert (email.state, email.tries) == ("waiting", 0)


def test_a_mail_to_a_dead_address_says_why_and_where_to_lift_it(hq_client):
    email = failed()
    suppress(email.to)
    page = body(hq_client.get(f"/mail/{email.pk}/"))
    assert "Nothing is sent to this address until you lift that." in page
    assert "Send it again" not in page
    assert f"/mail/suppressed/?q={email.to.replace('@', '%40')}" in page


def test_several_go_again_after_a_look_at_them(hq_client, hq):
    first, second, dead, gone = failed(), failed(), failed(), failed()
    going = written()
    suppress(dead.to)
    Email.objects.filter(pk=gone.pk).update(text=REMOVED)
    second.recipient.email = "new@school.example"
    second.recipient.save()
    chosen = [mail.pk for mail in (first, second, dead, gone, going)]
    page = hq_client.get("/mail/resend/", {"mail": chosen})
    assert {row.email.pk: row.to for row in page.context["go"]} == {
        first.pk: first.to,
        second.pk: "new@school.example",
    }
    assert {row.email.pk: row.why_not for row in page.context["stay"]} == {
        dead.pk: "Nothing is sent to this address until you lift that.",
        gone.pk: "It carried a link or code that is gone. Make a new one where this one was made.",
        going.pk: "It waits to be sent already.",
    }
    assert "Send 2 mails again" in body(page)
    assert Email.objects.filter(state="failed").count() == 4
    answer = hq_client.post("/mail/resend/", {"mail": chosen})
    assert (answer.status_code, answer.url) == (302, "/mail/?state=waiting")
    assert set(Email.objects.filter(state="waiting").values_list("pk", flat=True)) == {
        first.pk, second.pk, going.pk,
    }  # fmt: skip
    assert Email.objects.get(pk=second.pk).to == "new@school.example"
    logged = LogEntry.objects.filter(action="mail.resend", by=hq).values_list("about", flat=True)
    assert set(logged) == {f"mail:{first.pk}", f"mail:{second.pk}"}


def test_all_of_a_filtered_list_is_looked_at(hq_client):
    bad, other = failed(), failed()
    written()
    page = hq_client.get("/mail/resend/", {"all": "1", "q": bad.to})
    assert [row.email.pk for row in page.context["go"]] == [bad.pk]
    page = hq_client.get("/mail/resend/", {"all": "1"})
    assert [row.email.pk for row in page.context["go"]] == [other.pk, bad.pk]
    assert "Nothing to send" in body(hq_client.get("/mail/resend/"))


@pytest.mark.parametrize("count", [1, 3, 10])
def test_r24_the_look_costs_the_same_for_any_length(hq_client, count):
    ids = "&".join(f"mail={failed().pk}" for _ in range(count))
    # The right (twice), mails with their people, dead addresses.
    assert own_queries(hq_client, f"/mail/resend/?{ids}") == 4


def test_the_addresses_without_mail(hq_client):
    person = factories.user("Ana Lee", email="ana@school.example")
    failed(to=person)
    suppress("ana@school.example", detail="550 no such user")
    suppress("old@school.example", lifted_at=NOW, lifted_by=factories.hq())
    page = hq_client.get("/mail/suppressed/")
    assert [(shown.row.address, shown.person) for shown in page.context["rows"]] == [(person.email, person)]
    assert "550 no such user" in body(page)
    assert "old@school.example" in body(hq_client.get("/mail/suppressed/?show=lifted"))
    assert "Nothing matches" in body(hq_client.get("/mail/suppressed/?q=bo"))


@pytest.mark.parametrize("count", [1, 3, 10])
def test_r24_the_addresses_cost_the_same_for_any_length(hq_client, count):
    for _ in range(count):
        suppress(failed().to)
    # The right, count, addresses, people, what didn't go.
    assert own_queries(hq_client, "/mail/suppressed/") == 5


def test_hq_lifts_after_reading_what_that_means(hq_client, hq):
    row = suppress("ana@school.example")
    path = f"/mail/suppressed/{row.pk}/lift/"
    assert "Mail to it came back on" in body(hq_client.get(path))
    answer = hq_client.post(path)
    assert (answer.status_code, answer.url) == (302, "/mail/?q=ana@school.example")
    row.refresh_from_db()
    assert row.lifted_by == hq
    assert "gets mail again" in body(hq_client.get(path))
    hq_client.post(path)
    assert LogEntry.objects.filter(action="suppression.lifted", by=hq).count() == 1


def test_the_person_sees_it_at_home_and_lets_us_try_again(client):
    person = factories.user("Ana Lee", email="ana@school.example")
    client.force_login(person)
    assert "Mail to you came back" not in body(client.get("/"))
    row = suppress("ana@school.example")
    page = body(client.get("/"))
    assert "Mail to you came back" in page
    assert "/account/email/" in page
    assert client.post("/mail/own-address/").url == "/"
    row.refresh_from_db()
    assert row.lifted_by == person
    assert "Mail to you came back" not in body(client.get("/"))


def test_the_headteacher_sees_whose_mail_comes_back(client):
    school = factories.school()
    head = factories.member(school, factories.Role.HEADTEACHER)
    leader = factories.member(school)
    client.force_login(head)
    assert "Mail comes back" not in body(client.get(f"/schools/{school.pk}/people/"))
    suppress(leader.email)
    assert body(client.get(f"/schools/{school.pk}/people/")).count("Mail comes back") == 1


def test_s01_nobody_else_reads_or_sends(client):
    email = failed()
    for person in (
        factories.user(),
        factories.hub_member(factories.hub()),
        factories.hq(factories.Role.HQ_VIEWER),
    ):
        client.force_login(person)
        assert client.get(f"/mail/{email.pk}/").status_code == 403
        assert client.post(f"/mail/{email.pk}/resend/").status_code == 403
        assert client.post("/mail/resend/", {"mail": email.pk}).status_code == 403
    email.refresh_from_db()
    assert email.state == "failed"


def test_s22_a_subject_is_escaped(hq_client):
    email = written()
    Email.objects.update(subject="<script>alert(1)</script>", text="<script>alert(2)</script>")
    for path in ("/mail/", f"/mail/{email.pk}/"):
        assert "<script>alert" not in body(hq_client.get(path))
