"""Quoted words found and marked in finished HTML, whatever markup stands between them."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psqm_portal.core.text import formatted
from submissions.pages.quotes import Quote, mark, shown_words

TEXT = "Pupils **chose** <b> it's & fine.\n\n- One *two*\n- Three"


def marked(text: str, *quotes: str) -> tuple[str, set[int]]:
    return mark(formatted(text), [Quote(number, number, words) for number, words in enumerate(quotes, 1)])


def words_marked(html: str) -> str:
    return shown_words(" ".join(re.findall(r"<mark[^>]*>(.*?)</mark>", html)))


@pytest.mark.parametrize(
    "quote",
    ["Pupils", "chose <b> it's", "Pupils   chose\n<b>", "fine. One", "One two Three", "& fine."],
)
def test_words_are_found_through_bold_lists_and_paragraphs(quote):
    html, found = marked(TEXT, quote)
    assert found == {1}
    assert words_marked(html) == " ".join(quote.split())
    assert html.count('id="quote-1"') == 1
    assert html.count('href="#feedback-1"') == 1


@pytest.mark.parametrize("quote", ["pupils", "**chose**", "- One", "Nothing", "", "  "])
def test_what_a_reader_does_not_see_there_is_not_found(quote):
    html, found = marked(TEXT, quote)
    assert found == set()
    assert html == formatted(TEXT)


def test_quotes_may_lie_over_each_other():
    html, found = marked(TEXT, "Pupils chose", "chose <b>", "chose")
    assert found == {1, 2, 3}
    assert shown_words(re.sub(r"<a class=.*?</a>", "", html)) == shown_words(formatted(TEXT))
    assert words_marked(html) == "Pupils chose <b>"


def test_only_the_first_place_is_marked():
    html, _ = marked("again and again", "again")
    assert html.count("<mark") == 1


@given(st.text("ab <>&\"'*-\n1.", max_size=60), st.text("ab <>&\"'*", max_size=8))
@settings(max_examples=300, deadline=None)
def test_s22_marking_adds_our_own_tags_and_changes_nothing_else(text, quote):
    before = formatted(text)
    html, _ = mark(before, [Quote(7, 1, quote)])
    without = re.sub(r'<span id="quote-7"></span>|<mark class="app-quote">|</mark>', "", html)
    without = re.sub(r'<a class="app-quote__link" href="#feedback-7">.*?</a>', "", without)
    assert without == before
