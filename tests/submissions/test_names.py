"""S35: what looks like a child's full name, and what only sounds like one."""

import pytest

from submissions.domain.names import child_name_in, question_about

FULL = {
    "Emily Watson explains her circuit": "Emily Watson",
    "Emily W": "Emily W",
    "Circuit by Emily W.": "Emily W",
    "Emily Watson's volcano": "Emily Watson",
    "Jake Thistlewood and his kite": "Jake Thistlewood",
    "Rose Watson": "Rose Watson",
    "Mohammed Khan measures": "Mohammed Khan",
    "Siân and Zofia Kowalska": "Zofia Kowalska",
    "emily watson in the garden": "emily watson",
    "emily_watson.jpg": "emily watson",
    "EmilyWatson.jpg": "Emily Watson",
    "emily-w.jpeg": "emily w",
    "2027-05 oliver.thistlewood.png": "oliver thistlewood",
    "IMG_2041_noah_patel": "noah patel",
    "Summer B and her friends": "Summer B",
}
FINE = [
    "Rose Garden", "rose_garden.jpg", "Summer Fair", "Summer Fair 2027", "Emily explains her circuit",
    "Emily and Jack", "Emily, Watson", "Mary Anning", "mary_anning.pdf", "Florence Nightingale day",
    "Mrs Emily Watson", "Dr Adam Rutherford", "Victoria Park", "Charlie Class", "Will It Float",
    "Will I sink?", "Max Height", "max_height.jpg", "Ivy Leaves", "Holly Bush", "Question wall",
    "Year 4 volcano enquiry, May 2027", "IMG_2041.HEIC", "Lily Pond", "Robin's Nest", "Harry Potter day",
    "Science Week", "Poppy Seeds", "Olive Oil", "Amber Resin", "Hope Primary", "DSC00012", "", "Emily",
    "Emily's Sunflower", "Jack Frost", "Grace Darling", "question-wall", "Isaac Newton’s apple", "Sam Writes",
]  # fmt: skip


@pytest.mark.parametrize("text", FULL)
def test_s35_a_full_name_is_seen(text: str) -> None:
    assert child_name_in(text) == FULL[text]


@pytest.mark.parametrize("text", FINE)
def test_s35_what_only_sounds_like_a_name_passes(text: str) -> None:
    assert child_name_in(text) == ""


def test_the_question_names_what_was_seen() -> None:
    assert question_about("Emily W").startswith("“Emily W” looks like a child’s full name.")
