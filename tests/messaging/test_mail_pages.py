"""HQ's mail log: what went to whom, what failed, never a secret."""

import pytest

from messaging.domain.mail import write
from messaging.models import Email
from tests import factories
from tests.support.queries import own_queries

pytestmark = pytest.mark.django_db
NOW = factories.NOW


def written(**more):
    context = {"author": factories.user("Bo Dunn"), "title": "Oak Primary", "url": "/x/"}
    return write("messaging/mail/new_message", to=factories.user(), now=NOW, context=context, **more)


@pytest.fixture
def hq_client(client):
    client.force_login(factories.hq())
    return client


def test_the_list_shows_state_and_address(hq_client):
    email = written()
    page = hq_client.get("/mail/").content.decode()
    assert email.to in page
    assert "New message from Bo Dunn: Oak Primary" in page
    assert "Waiting" in page


def test_filter_by_state_and_words(hq_client):
    failed, waiting = written(), written()
    Email.objects.filter(pk=failed.pk).update(state="failed")
    for query, found in [
        ({"state": "failed"}, [failed]),
        ({"state": "waiting"}, [waiting]),
        ({"q": waiting.to}, [waiting]),
        ({"q": "nobody"}, []),
        ({"state": "nonsense"}, [waiting, failed]),
    ]:
        assert list(hq_client.get("/mail/", query).context["page"]) == found


@pytest.mark.parametrize("count", [1, 3, 10])
def test_r24_the_list_costs_the_same_for_any_length(hq_client, count):
    for _ in range(count):
        written()
    # The right (twice), count, mails.
    assert own_queries(hq_client, "/mail/") == 4


def test_the_list_loads_no_text(hq_client):
    written()
    (email,) = hq_client.get("/mail/").context["page"]
    assert {"text", "html", "last_error"} <= email.get_deferred_fields()


def test_one_mail_shows_its_text(hq_client):
    email = written()
    assert "Bo Dunn wrote to you about Oak Primary." in hq_client.get(f"/mail/{email.pk}/").content.decode()


def test_a_secret_mail_shows_none(hq_client):
    email = written(secret=True)
    page = hq_client.get(f"/mail/{email.pk}/").content.decode()
    assert "wrote to you about" not in page
    assert "its text isn’t shown" in page


def test_only_a_failed_mail_has_the_button(hq_client):
    email = written()
    assert "Send it again" not in hq_client.get(f"/mail/{email.pk}/").content.decode()
    hq_client.post(f"/mail/{email.pk}/resend/")
    email.refresh_from_db()
    assert email.state == "waiting"
    Email.objects.update(state="failed", tries=48)
    assert "Send it again" in hq_client.get(f"/mail/{email.pk}/").content.decode()
    assert hq_client.get(f"/mail/{email.pk}/resend/").status_code == 405
    answer = hq_client.post(f"/mail/{email.pk}/resend/")
    assert (answer.status_code, answer.url) == (302, f"/mail/{email.pk}/")
    email.refresh_from_db()
    assert (email.state, email.tries) == ("waiting", 0)


def test_s01_nobody_else_reads_or_sends(client):
    email = written()
    Email.objects.update(state="failed")
    for person in (
        factories.user(),
        factories.hub_member(factories.hub()),
        factories.hq(factories.Role.HQ_VIEWER),
    ):
        client.force_login(person)
        assert client.get(f"/mail/{email.pk}/").status_code == 403
        assert client.post(f"/mail/{email.pk}/resend/").status_code == 403
    email.refresh_from_db()
    assert email.state == "failed"


def test_s22_a_subject_is_escaped(hq_client):
    email = written()
    Email.objects.update(subject="<script>alert(1)</script>", text="<script>alert(2)</script>")
    for path in ("/mail/", f"/mail/{email.pk}/"):
        assert "<script>alert" not in hq_client.get(path).content.decode()
