"""The schools' pages: who opens which, what they show, what they change."""

import pytest

from accounts.models import Invitation
from psqm_portal.core.clock import now
from psqm_portal.core.roles import Role
from schools import registers
from schools.models import School
from schools.queries import listed_for, visible_to
from tests import factories
from tests.support.queries import own_queries

pytestmark = pytest.mark.django_db

GIVEN = {
    "name": "Elm Infants", "urn": "123456", "phase": "infant", "town": "Ashbrook",
    "postcode": "as12bc", "country": "england", "street": "1 High Street",
    "local_authority": "Herts", "pupils": "180", "phone": "", "website": "",
    "ase_number": "", "is_open": "on",
}  # fmt: skip


@pytest.fixture
def oak():
    return factories.school(name="Oak Primary", town="Ashbrook", postcode="AS1 2BC", urn="100001")


@pytest.fixture
def people(oak):
    """One person for each role towards Oak Primary, by the role's name."""
    hub = factories.hub()
    found = {
        role.value: factories.member(oak, role)
        for role in (Role.SUBJECT_LEADER, Role.HEADTEACHER, Role.SCHOOL_FINANCE)
    }
    found |= {role.value: factories.hub_member(hub, role) for role in (Role.HUB_LEADER, Role.MENTOR)}
    found |= {role.value: factories.hq(role) for role in (Role.HQ_ADMIN, Role.HQ_FINANCE, Role.HQ_VIEWER)}
    other = factories.school()
    found |= {f"other {role.value}": factories.member(other, role) for role in (Role.HEADTEACHER,)}
    former = factories.member(oak, Role.HEADTEACHER)
    former.school_memberships.update(ended_at=now())
    return found | {"former headteacher": former, "nobody": factories.user()}


# Page -> who gets 200, who 403; everybody else 404.
ALLOWED = {
    "/schools/": ({"HQ admin", "HQ finance", "HQ viewer"}, "all"),
    "/schools/new/": ({"HQ admin"}, "all"),
    "/schools/{pk}/": (
        {"HQ admin", "HQ finance", "subject leader", "headteacher", "school finance contact"},
        set(),
    ),
    "/schools/{pk}/edit/": (
        {"HQ admin", "headteacher"},
        {"HQ finance", "subject leader", "school finance contact"},
    ),
    "/schools/{pk}/people/": (
        {"HQ admin", "headteacher", "subject leader"},
        {"HQ finance", "school finance contact"},
    ),
    "/schools/{pk}/people/{membership}/end/": (
        {"HQ admin", "headteacher"},
        {"HQ finance", "subject leader", "school finance contact"},
    ),
}


@pytest.mark.parametrize("path", ALLOWED)
def test_s01_each_role_on_each_page(client, oak, people, path):
    membership = people["subject leader"].school_memberships.get()
    opens, forbidden = ALLOWED[path]
    for role, person in people.items():
        client.force_login(person)
        expected = 200 if role in opens else 403 if forbidden == "all" or role in forbidden else 404
        answer = client.get(path.format(pk=oak.pk, membership=membership.pk))
        assert answer.status_code == expected, (role, path)


def test_s01_nobody_else_changes_anything(client, oak, people):
    membership = people["subject leader"].school_memberships.get()
    invited = Invitation.objects.create(
        email="x@x.example", name="X", role="subject leader", scope=f"school:{oak.pk}", token_hash="0" * 64,
        invited_at=now(), expires_at=now(),
    )  # fmt: skip
    posts = {
        "/schools/new/": GIVEN,
        f"/schools/{oak.pk}/edit/": GIVEN,
        f"/schools/{oak.pk}/people/": {"name": "N", "email": "n@x.example", "role": "headteacher"},
        f"/schools/{oak.pk}/people/{membership.pk}/end/": {},
        f"/schools/{oak.pk}/people/invitations/{invited.pk}/again/": {},
        f"/schools/{oak.pk}/people/invitations/{invited.pk}/withdraw/": {},
    }
    for role, person in people.items():
        if role not in {"HQ admin", "headteacher"}:
            client.force_login(person)
            for path, given in posts.items():
                assert client.post(path, given).status_code in {403, 404}, (role, path)
    client.force_login(people["headteacher"])
    assert client.post("/schools/new/", GIVEN).status_code == 403
    membership.refresh_from_db()
    invited.refresh_from_db()
    oak.refresh_from_db()
    assert (membership.ended_at, invited.withdrawn_at, oak.name) == (None, None, "Oak Primary")
    assert (Invitation.objects.count(), School.objects.filter(urn="123456").count()) == (1, 0)


def test_s01_the_list_and_the_page_agree(oak, people):
    for role, person in people.items():
        sees = visible_to(person).filter(pk=oak.pk).exists()
        lists = listed_for(person).filter(pk=oak.pk).exists()
        assert sees == (role in ALLOWED["/schools/{pk}/"][0]), role
        assert lists == (role in ALLOWED["/schools/"][0]), role


def test_s02_a_foreign_membership_or_invitation_is_not_found(client, oak, people):
    elm = factories.school()
    theirs = factories.member(elm).school_memberships.get()
    invited = Invitation.objects.create(
        email="x@x.example", name="X", role="subject leader", scope=f"school:{elm.pk}", token_hash="0" * 64,
        invited_at=now(), expires_at=now(),
    )  # fmt: skip
    client.force_login(people["headteacher"])
    for path in (
        f"/schools/{oak.pk}/people/{theirs.pk}/end/",
        f"/schools/{oak.pk}/people/invitations/{invited.pk}/again/",
        f"/schools/{oak.pk}/people/invitations/{invited.pk}/withdraw/",
    ):
        assert client.post(path).status_code == 404
    theirs.refresh_from_db()
    assert theirs.ended_at is None
    assert Invitation.objects.get().withdrawn_at is None


def test_search_by_name_town_postcode_and_urn(client, oak):
    elm = factories.school(
        name="Elm Infants", town="Brookfield", postcode="BF9 9XX", urn="100002", phase="infant"
    )
    shut = factories.school(name="Old Oak", is_open=False)
    client.force_login(factories.hq(Role.HQ_VIEWER))
    for query, found in [
        ({}, [elm, oak]),
        ({"q": "oak"}, [oak]),
        ({"q": "brookfield"}, [elm]),
        ({"q": "bf9"}, [elm]),
        ({"q": "100001"}, [oak]),
        ({"q": "elm bf9"}, [elm]),
        ({"q": "elm as1"}, []),
        ({"phase": "infant"}, [elm]),
        ({"state": "closed"}, [shut]),
        ({"state": "all", "q": "oak"}, [oak, shut]),
        ({"phase": "nonsense"}, [elm, oak]),
    ]:
        found_pks = {school.pk for school in found}
        shown = list(client.get("/schools/", query).context["page"])
        assert [school for school in shown if school.pk in found_pks] == shown == found, query


def test_fifty_schools_a_page(client):
    for _ in range(51):
        factories.school()
    client.force_login(factories.hq())
    assert len(client.get("/schools/").context["page"]) == 50
    assert len(client.get("/schools/", {"page": 2}).context["page"]) == 1
    assert "51 schools" in client.get("/schools/").content.decode()


@pytest.mark.parametrize("count", [1, 3, 10])
def test_r24_the_list_costs_the_same_for_any_length(client, count):
    for _ in range(count):
        factories.school()
    client.force_login(factories.hq())
    # The right to list, count, schools, whose pages open, the right to add.
    assert own_queries(client, "/schools/") == 6


@pytest.mark.parametrize("count", [1, 3, 10])
def test_r24_the_people_page_costs_the_same_for_any_length(client, oak, count):
    head = factories.member(oak, Role.HEADTEACHER)
    for number in range(count):
        factories.member(oak)
        Invitation.objects.create(
            email="x@x.example", name="X", role="subject leader", scope=f"school:{oak.pk}",
            token_hash=f"{number:064d}", invited_by=head, invited_at=now(), expires_at=now(),
        )  # fmt: skip
    client.force_login(head)
    # The school, two rights (HQ, then the school's), people, invitations, addresses without mail.
    assert own_queries(client, f"/schools/{oak.pk}/people/") == 8


def test_an_hq_viewer_reads_the_list_without_links(client, oak):
    client.force_login(factories.hq(Role.HQ_VIEWER))
    page = client.get("/schools/").content.decode()
    assert "Oak Primary" in page
    assert f'href="/schools/{oak.pk}/"' not in page
    client.force_login(factories.hq(Role.HQ_FINANCE))
    assert f'href="/schools/{oak.pk}/"' in client.get("/schools/").content.decode()


def test_hq_adds_a_school(client):
    client.force_login(factories.hq())
    answer = client.post("/schools/new/", GIVEN)
    made = School.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/schools/{made.pk}/people/")
    assert (made.name, made.urn, made.postcode, made.pupils, made.phase) == (
        "Elm Infants", "123456", "AS1 2BC", 180, "infant",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("urn", "words"),
    [("12", "URN must be six digits"), ("12345x", "six digits"), ("100001", "Oak Primary has this")],
)
def test_a_wrong_urn_is_named(client, oak, urn, words):
    client.force_login(factories.hq())
    answer = client.post("/schools/new/", GIVEN | {"urn": urn})
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert "Elm Infants" in answer.content.decode()
    assert School.objects.count() == 1


def test_two_schools_without_urn_are_fine(client):
    client.force_login(factories.hq())
    for given in ({}, {"is_another": "yes"}):
        assert client.post("/schools/new/", GIVEN | {"urn": ""} | given).status_code == 302
    assert School.objects.filter(urn=None).count() == 2


def test_s07_a_headteacher_changes_how_the_school_is_reached_and_no_more(client, oak, people):
    client.force_login(people["headteacher"])
    before = oak.pupils
    answer = client.post(f"/schools/{oak.pk}/edit/", GIVEN | {"phone": "01234 567890", "is_open": ""})
    assert answer.status_code == 302
    oak.refresh_from_db()
    assert (oak.phone, oak.street) == ("01234 567890", "1 High Street")
    # The fee of a very small school depends on it, so it is HQ's.
    assert oak.pupils == before != int(GIVEN["pupils"])
    assert (oak.name, oak.urn, oak.phase, oak.is_open) == ("Oak Primary", "100001", "primary", True)


def test_hq_changes_everything(client, oak):
    client.force_login(factories.hq())
    client.post(f"/schools/{oak.pk}/edit/", GIVEN)
    oak.refresh_from_db()
    assert (oak.name, oak.urn, oak.phase) == ("Elm Infants", "123456", "infant")


def test_a_headteacher_invites_and_ends(client, oak, people):
    client.force_login(people["headteacher"])
    path = f"/schools/{oak.pk}/people/"
    answer = client.post(path, {"name": "New One", "email": "new@oak.example", "role": "subject leader"})
    assert (answer.status_code, answer.url) == (302, path)
    invited = Invitation.objects.get()
    assert (invited.email, invited.scope, invited.invited_by) == (
        "new@oak.example", f"school:{oak.pk}", people["headteacher"],
    )  # fmt: skip
    assert "new@oak.example" in client.get(path).content.decode()
    client.post(f"{path}invitations/{invited.pk}/again/")
    client.post(f"{path}invitations/{Invitation.objects.get(withdrawn_at=None).pk}/withdraw/")
    assert "new@oak.example" not in client.get(path).context["pending"]
    leader = people["subject leader"]
    membership = leader.school_memberships.get()
    assert (
        "stops being subject leader of Oak Primary at once"
        in client.get(f"{path}{membership.pk}/end/").content.decode()
    )
    client.post(f"{path}{membership.pk}/end/")
    client.force_login(leader)
    assert client.get(f"/schools/{oak.pk}/").status_code == 404


def test_a_refusal_keeps_what_was_typed(client, oak, people):
    client.force_login(people["headteacher"])
    given = {"name": "Again", "email": people["subject leader"].email, "role": "subject leader"}
    page = client.post(f"/schools/{oak.pk}/people/", given).content.decode()
    assert "is subject leader of this school already" in page
    assert 'value="Again"' in page


def test_a_subject_leader_sees_colleagues_but_no_form(client, oak, people):
    client.force_login(people["subject leader"])
    page = client.get(f"/schools/{oak.pk}/people/").content.decode()
    assert people["headteacher"].email in page
    assert "Invite somebody" not in page
    assert "/end/" not in page


def test_later_apps_add_sections(client, oak, people, monkeypatch):
    seen = []

    def section(request, school):
        seen.append((request.user.pk, school))
        return "schools/_test_section.html", {"words": "What later apps know"}

    monkeypatch.setattr(registers, "school_sections", [])
    monkeypatch.setattr("schools.views.schools.school_sections", [section, lambda request, school: None])
    from django.template import engines
    from django.template.loaders.locmem import Loader

    engine = engines["django"].engine
    loader = Loader(engine, {"schools/_test_section.html": "<p>{{ given.words }}</p>"})
    monkeypatch.setattr(engine, "template_loaders", [loader, *engine.template_loaders])
    client.force_login(people["headteacher"])
    assert "<p>What later apps know</p>" in client.get(f"/schools/{oak.pk}/").content.decode()
    assert seen == [(people["headteacher"].pk, oak)]


def test_s22_what_people_typed_is_escaped(client):
    mark = "<script>alert(1)</script>"
    school = factories.school(name=mark, town=mark, street=mark, phone=mark[:30], local_authority=mark)
    head = factories.member(school, Role.HEADTEACHER, factories.user(mark))
    client.force_login(factories.hq(person=head))
    page = f"/schools/{school.pk}/"
    end = f"{page}people/{head.school_memberships.get().pk}/end/"
    for path in ("/schools/", page, f"{page}edit/", f"{page}people/", end, "/people/"):
        assert "<script>alert" not in client.get(path).content.decode(), path
