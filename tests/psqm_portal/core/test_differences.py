import re

import pytest

from psqm_portal.core.differences import compared


def shown(before: str, after: str) -> str:
    """With [-out-] and {+in+} for reading."""
    html = str(compared(before, after))
    html = re.sub(r'<del><span class="govuk-visually-hidden"> Taken out: </span>', "[-", html)
    html = re.sub(r'<ins><span class="govuk-visually-hidden"> Put in: </span>', "{+", html)
    html = re.sub(r'<span class="govuk-visually-hidden"> \(end of taken out\) </span></del>', "-]", html)
    return re.sub(r'<span class="govuk-visually-hidden"> \(end of put in\) </span></ins>', "+}", html)


@pytest.mark.parametrize(
    ("before", "after", "marked"),
    [
        ("", "", ""),
        ("Same", "Same", "Same"),
        ("", "New words", "{+New words+}"),
        ("Old words", "", "[-Old words-]"),
        ("One two three", "One 2 three", "One [-two-]{+2+} three"),
        ("One two three four", "One 2 3 four", "One [-two three-]{+2 3+} four"),
        ("First\n\nSecond", "First\n\nAdded\n\nSecond", "First<br><br>{+Added<br><br>+}Second"),
        ("a <b>", "a <i>", "a [-&lt;b&gt;-]{+&lt;i&gt;+}"),
    ],
)
def test_what_was_taken_out_and_put_in(before: str, after: str, marked: str) -> None:
    assert shown(before, after) == marked


def test_a_very_long_passage_is_shown_whole() -> None:
    before, after = "a b " * 600, "c d " * 600
    assert shown(before, after) == f"[-{before}-]{{+{after}+}}"
