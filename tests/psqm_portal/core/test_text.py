import random
import re

import pytest

from psqm_portal.core.text import blocks_of, count_words, formatted, plain, readable, runs_of
from tests.psqm_portal.core.texts import CASES


@pytest.mark.parametrize(("text", "html", "words"), CASES)
def test_a_text_becomes_its_html_and_has_its_words(text: str, html: str, words: int) -> None:
    assert formatted(text) == html
    assert count_words(text) == words


def test_s22_whatever_is_typed_only_our_own_tags_come_out() -> None:
    ours = re.compile(r'</?(p|ul|ol|li|strong|em|br)( class="govuk-[\w -]+")?( start="\d+")?>')
    chance = random.Random(3)  # noqa: S311 - the same texts at each run
    pieces = ["**", "*", "\\", "- ", "1. ", "\n", "\n\n", "  ", "a", "<script>", '"', "'", "&", "&lt;", ">"]
    for _ in range(3000):
        html = formatted("".join(chance.choices(pieces, k=12)))
        assert set("<>\"'") & set(ours.sub("", html)) == set(), html


def test_a_long_text_of_marks_is_read_in_one_go() -> None:
    """No step looks back or ahead over the whole text again."""
    assert len(runs_of("*a " * 20_000)) == 1
    assert len(blocks_of("- a\n" * 20_000)) == 1


def test_a_text_to_compare_keeps_its_lines() -> None:
    assert readable("**One** *two*\n\n- 3\\*4\r\n  - **five**") == "One two\n\n- 3*4\n  - five"


def test_plain_words_without_marks() -> None:
    assert plain("**One**\n\n- *two*\n  - three") == "One two three"
