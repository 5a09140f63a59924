# ruff: noqa: E501 - mails as they come
"""What of a mail is its writer's own."""

import pytest

from messaging.domain.quoted import own_words, words_of_html


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Yes, Tuesday suits us.", "Yes, Tuesday suits us."),
        (
            "Yes.\r\n\r\nOn Tue, 3 Nov 2026 at 09:14, PSQM portal <portal@psqm.example> wrote:\r\n> Ana wrote to you.\r\n>\r\n> Read",
            "Yes.",
        ),
        (
            "Yes.\n\nOn Tuesday, 3 November 2026 at 09:14:00 GMT,\nPSQM portal <portal@psqm.example>\nwrote:\n\n Ana wrote to you.",
            "Yes.",
        ),
        ("Yes.\n\n-----Original Message-----\nFrom: PSQM portal\nSent: Tuesday\n\nAna wrote", "Yes."),
        (
            "Yes.\n\nFrom: PSQM portal <portal@psqm.example>\nSent: 03 November 2026 09:14\nTo: Bo\n\nAna wrote",
            "Yes.",
        ),
        ("Yes.\n\n________________________________\nFrom: PSQM portal\nAna wrote", "Yes."),
        ("Yes.\n\nSent from my iPhone\n\nOn 3 Nov 2026, at 09:14, PSQM <a@b> wrote:\n\n> Ana", "Yes."),
        ("Yes.\nBo\n-- \nBo Dunn\nOak Primary", "Yes.\nBo"),
        ("> Can you come?\nYes.\n> And Ana?\nShe too.", "Yes.\nShe too."),
        ("On 3 Nov 2026, Ana wrote:\n> Can you come?\n\nYes, below.", "Yes, below."),
        ("On Friday we met.\nThe head wrote: fine.", "On Friday we met.\nThe head wrote: fine."),
        (
            "We sent it from my school.\nSent from the office too",
            "We sent it from my school.\nSent from the office too",
        ),
        ("> only quotes\n> here", ""),
        ("", ""),
    ],
)
def test_own_words(text, own):
    assert own_words(text) == own


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>Yes,<br>Tuesday.</p><p>Bo &amp; Ana</p>", "Yes,\nTuesday.\n\nBo & Ana"),
        (
            "<div>Yes</div><div class='gmail_quote'><div>On 3 Nov Ana wrote</div><blockquote>Hi</blockquote></div>",
            "Yes",
        ),
        (
            "<div>Yes</div><blockquote type=cite>Ana wrote <b>this</b></blockquote><div>More</div>",
            "Yes\n\nMore",
        ),
        ("<p>Yes</p><div id='appendonsend'></div><hr><div>From: PSQM</div>", "Yes"),
        ("<style>p{}</style><script>alert(1)</script><p>Yes</b></p>", "Yes"),
        ("<p>&lt;script&gt;", "<script>"),
    ],
)
def test_words_of_html(html, words):
    assert words_of_html(html) == words
