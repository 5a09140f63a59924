"""Finding schools as they are typed, whatever way their names are written, mistyped too."""

import pytest

from schools import words
from schools.models import School, SchoolWord
from schools.search import find, matching
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def names(typed, **options):
    return [school.name for school in find(typed, **options)]


@pytest.fixture
def schools():
    given = [
        ("St Mary's C of E Primary School", "Windsor", "SL4 1AA", "100001"),
        ("Saint Mary’s Roman Catholic Primary School", "Leeds", "LS1 2BC", "100002"),
        ("Oak Primary School", "Ashbrook", "AS1 2BC", "100003"),
        ("Royal Oak Infant School", "Stoke-on-Trent", "ST4 3DE", "100004"),
        ("SS Peter & Paul Catholic School", "Ashbrook", "AS10 9XY", "123456"),
        ("École Élémentaire Ångström", "Paris", "75008", None),
    ]
    return [
        factories.school(name=name, town=town, postcode=postcode, urn=urn)
        for name, town, postcode, urn in given
    ]


MARY_WINDSOR, MARY_LEEDS = "St Mary's C of E Primary School", "Saint Mary’s Roman Catholic Primary School"
PETER, OAK, ROYAL = "SS Peter & Paul Catholic School", "Oak Primary School", "Royal Oak Infant School"
PARIS = "École Élémentaire Ångström"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("st marys", [MARY_LEEDS, MARY_WINDSOR]),
        ("St. Mary's", [MARY_LEEDS, MARY_WINDSOR]),
        ("SAINT MARY", [MARY_LEEDS, MARY_WINDSOR]),
        ("sain", [PETER, MARY_LEEDS, MARY_WINDSOR]),
        ("marys st windsor", [MARY_WINDSOR]),
        ("windsor ma", [MARY_WINDSOR]),
        ("st mary's church of england", [MARY_WINDSOR]),
        ("st mary's church of eng", [MARY_WINDSOR]),
        ("ce primary", [MARY_WINDSOR]),
        ("cofe", [MARY_WINDSOR]),
        ("c of e", [MARY_WINDSOR]),
        ("C.E. primary", [MARY_WINDSOR]),
        ("rc", [PETER, MARY_LEEDS]),
        ("R.C.", [PETER, MARY_LEEDS]),
        ("roman cath", [PETER, MARY_LEEDS]),
        ("st peter and st paul", [PETER]),
        ("Saints Peter & Paul", [PETER]),
        ("peter paul", [PETER]),
        ("the oak primary school", [OAK]),
        ("oak", [OAK, ROYAL]),
        ("stoke on trent", [ROYAL]),
        ("ecole angstrom", [PARIS]),
        ("Élém", [PARIS]),
        ("sl4 1aa", [MARY_WINDSOR]),
        ("SL41AA", [MARY_WINDSOR]),
        ("sl4", [MARY_WINDSOR]),
        ("sl4 1", [MARY_WINDSOR]),
        ("as1 2bc", [OAK]),
        ("oak as1 2b", [OAK]),
        ("75008", [PARIS]),
        ("123456", [PETER]),
        ("1234", [PETER]),
        ("abroad", [PARIS]),
        ("hertfordshire", [OAK]),
    ],
)
def test_a_school_is_found_by_whatever_is_said_of_it(schools, typed, expected):
    School.objects.filter(name=PARIS).update(country="abroad")
    School.objects.filter(name=OAK).update(local_authority="Hertfordshire")
    assert names(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("widnsor", [MARY_WINDSOR]),
        ("wimdsor marys", [MARY_WINDSOR]),
        ("wins", [MARY_WINDSOR]),
        ("windsro primry", [MARY_WINDSOR]),
        ("st mayrs lee", [MARY_LEEDS]),
        ("ashbrok oka", []),  # what has three letters isn't guessed at
        ("ashbrok oak", [OAK]),
        ("xqzvkj", []),
        ("999999", []),
        ("zz9 9zz", []),
    ],
)
def test_what_is_mistyped_is_guessed_at(schools, typed, expected):
    assert names(typed) == expected


def test_an_exact_name_comes_first_then_what_begins_so_then_all_in_the_name_then_places():
    for name, town in [
        ("Great Oak Hill School", "Ashbrook"), ("Oak Hill School", "Ashbrook"),
        ("Oak Hill School Annexe", "Bath"), ("Elm School", "Oak Hill"), ("Oak Hillside School", "Bath"),
    ]:  # fmt: skip
        factories.school(name=name, town=town)
    assert names("oak hill school") == [
        "Oak Hill School", "Oak Hill School Annexe", "Great Oak Hill School", "Oak Hillside School",
        "Elm School",
    ]  # fmt: skip
    assert names("oak hill school", limit=2) == ["Oak Hill School", "Oak Hill School Annexe"]


def test_closed_schools_are_left_out_unless_asked_for(schools):
    School.objects.filter(name=OAK).update(is_open=False)
    assert names("oak") == [ROYAL]
    assert names("oak", rows=School.objects.all()) == [OAK, ROYAL]


def test_nothing_typed_finds_nothing_and_narrows_nothing(schools):
    assert names("") == names(" - ' ") == []
    assert matching(School.objects.all(), "").count() == 6


def test_signs_of_the_database_mean_nothing(schools):
    assert names("%") == names("_") == names("\\") == []
    assert names("50% oak") == names("' OR 1=1 --") == []
    assert names("x" * 5000) == []
    assert names("\x00oak") == [OAK, ROYAL]


def test_words_are_right_however_a_school_is_written(schools):
    oak = School.objects.get(name=OAK)
    oak.name = "Willow School"
    oak.save()
    assert (names("oak"), names("willow")) == ([ROYAL], ["Willow School"])
    oak.town = "Plymouth"
    oak.save(update_fields=["town"])
    assert names("plymouth") == ["Willow School"]
    oak.phone = "1"
    oak.save(update_fields=["phone"])
    School.objects.filter(pk=oak.pk).update(town="Truro")
    assert (names("plymouth"), names("truro")) == ([], ["Willow School"])
    oak.town = "Exeter"
    School.objects.bulk_update([oak], ["town"])
    assert names("exeter") == ["Willow School"]
    School.objects.bulk_create([School(name="Hazel School", town="Bath", postcode="BA1 1AA")])
    assert (names("hazel"), names("hazle")) == (["Hazel School"], ["Hazel School"])
    changed = School(name="Rowan School", town="Bath", postcode="BA1 1AA", urn="100002")
    School.objects.bulk_create(
        [changed], update_conflicts=True, unique_fields=["urn"], update_fields=["name", "town", "postcode"]
    )
    assert (names("rowan"), names("leeds")) == (["Rowan School"], [])


def test_a_new_school_in_another_process_is_found_at_once(schools):
    """Nothing is kept in a process: a word that only the database knows now is guessed at too."""
    assert names("zephir") == []
    School.objects.filter(name=OAK).update(name="Zephyr School")
    assert names("zephir") == ["Zephyr School"]


def test_only_words_that_may_be_mistyped_are_in_the_vocabulary(schools):
    known = set(SchoolWord.objects.values_list("word", flat=True))
    assert {"marys", "windsor", "elementaire"} <= known
    assert not known & {"st", "oak", "sl41aa", "100001", "75008"}


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("St. Mary’s  C. of E. (Aided) Primary", "st marys ce aided primary"),
        ("Saint Anne's R.C.", "st annes rc"),
        ("O’Neill & Søn", "oneill and son"),
        ("Straße, Ysgol Tŷ-Gwyn", "strasse ysgol ty gwyn"),
        ("Church of England", "ce"),
        ("Stoke-on-Trent", "stoke on trent"),
    ],
)
def test_folding(text, folded):
    assert words.fold(text) == folded
