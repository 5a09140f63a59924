"""The editor of a part's text: paste from Word, tools by keyboard, one language with the server, S22, Q06."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Browser, BrowserContext, Page, expect

from psqm_portal.core.text import blocks_of, count_words, formatted
from submissions.domain.writing import save_text, text_mark
from submissions.models import Part
from tests import factories as make
from tests.browser.desk import TEXT, let_in, paste, saved_line
from tests.psqm_portal.core.texts import CASES
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=15_000)

# Lines as Word writes them.
WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.Mso {margin:0}</style></head>
<body lang=EN-GB><!--StartFragment-->
<h2>Impact on pupils</h2>
<p class=MsoNormal><span style='font-family:"Calibri",sans-serif;color:red'>Pupils <b>ask</b> more
questions.<o:p></o:p></span></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]>
<span style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times"'>&nbsp;&nbsp;
</span></span></span><![endif]>Fair tests</p>
<p class=MsoListParagraphCxSpMiddle style='margin-left:72.0pt;mso-list:l0 level2 lfo1'><span
style='mso-list:Ignore'>o<span>&nbsp; </span></span>in <i>Year 4</i></p>
<p class=MsoListParagraphCxSpLast style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><span
style='mso-list:Ignore'>·<span>&nbsp; </span></span>Books</p>
<p class=MsoNormal>Then:</p>
<p class=MsoListParagraphCxSpFirst style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>1.<span>
&nbsp;</span></span>First</p>
<p class=MsoListParagraphCxSpLast style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>2.<span>
&nbsp;</span></span>Second</p>
<table><tr><td><p>Cell</p></td></tr></table>
<!--EndFragment--></body></html>"""
AS_TEXT = """**Impact on pupils**

Pupils **ask** more questions.

- Fair tests
  - in *Year 4*
- Books

Then:

1. First
2. Second

Cell"""
HOSTILE = (
    "<img data-hit src=x onerror=hit()><script data-hit>hit()</script><p onclick=hit()><b data-hit>x</b>"
    "<a href='javascript:hit()' data-hit>link</a><svg onload=hit()></svg>"
    "<iframe srcdoc='<script>hit()</script>'>"
)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(locale="en-GB", bypass_csp=True) as context:
        context.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1 }")
        yield context


@pytest.fixture
def part() -> Part:
    return make.submission().parts.get(code="a1")


@pytest.fixture
def page(context: BrowserContext, portal_url: str, part: Part) -> Page:
    let_in(context, portal_url, make.member(part.submission.school))
    page = context.new_page()
    page.goto(portal_url + part.get_absolute_url())
    expect(page.locator("[data-editor=started]")).to_be_visible()
    return page


def typed(page: Page) -> str:
    """What will be sent."""
    return page.locator("textarea[name=text]").input_value()


def test_a_paste_from_word_arrives_clean(page: Page, part: Part) -> None:
    paste(page, WORD)
    assert typed(page) == AS_TEXT
    expect(saved_line(page)).to_contain_text("Saved at")
    assert Part.objects.get(pk=part.pk).text == AS_TEXT
    page.reload()
    expect(page.get_by_label(TEXT).locator("ul ul li")).to_have_text("in Year 4")
    assert typed(page) == AS_TEXT


def test_a_paste_from_elsewhere(page: Page) -> None:
    docs = (
        '<b style="font-weight:normal" id="docs-internal-guid-1"><p><span style="font-weight:700">Bold</span>'
        ' and <span style="font-weight:400">plain</span></p><ul><li><p>one</p></li></ul></b>'
    )
    paste(page, docs)
    assert typed(page) == "**Bold** and plain\n\n- one"
    page.get_by_label(TEXT).fill("")
    paste(page, text="A line\nits second\n\n- one\n- **two**\n\n5 * 3 <b>")
    assert typed(page) == "A line\nits second\n\n- one\n- **two**\n\n5 * 3 <b>"


def test_tools_by_keyboard_and_mouse(page: Page) -> None:
    box = page.get_by_label(TEXT)
    box.press_sequentially("one")
    box.press("Shift+Tab")
    expect(page.get_by_role("button", name="Bold")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Bulleted list")).to_be_focused()
    page.keyboard.press("Enter")
    expect(box).to_be_focused()
    expect(page.get_by_role("button", name="Bulleted list")).to_have_attribute("aria-pressed", "true")
    assert typed(page) == "- one"
    page.keyboard.press("Enter")
    page.keyboard.press("Control+b")
    page.keyboard.type("two")
    assert typed(page) == "- one\n- **two**"
    page.get_by_role("button", name="Numbered list").click()
    assert typed(page) == "1. one\n2. **two**"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("after")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("- no list, 2*3*4")
    assert typed(page) == "1. one\n2. **two**\n\nafter\n\\- no list, 2\\*3\\*4"
    for _ in range(3):
        page.keyboard.press("Control+z")
    assert "after" not in typed(page) or "no list" not in typed(page)


def test_the_box_is_named_and_described_as_the_textarea_was(page: Page, part: Part) -> None:
    box = page.get_by_role("textbox", name=TEXT)
    expect(box).to_have_attribute("aria-multiline", "true")
    expect(box).to_have_accessible_description(
        "What changed in your school, and how do you know? Write about impact, not only what you did. "
        "You have 50 words remaining"
    )
    page.get_by_text(TEXT, exact=True).click()
    expect(box).to_be_focused()
    expect(page.locator("textarea[name=text]")).to_be_hidden()
    assert_accessible(page)
    box.fill("word " * 60_000)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    expect(page.get_by_role("textbox", name=TEXT)).to_have_attribute("aria-invalid", "true")
    page.locator(".govuk-error-summary a").first.click()
    expect(page.get_by_role("textbox", name=TEXT)).to_be_focused()
    assert_accessible(page)


def test_words_are_counted_as_the_server_counts_them(page: Page, part: Part) -> None:
    """The limit is 50: soft while it is a draft, hard on sending."""
    text = "- " + "word " * 30 + "\n- **more words** here *and* 2 * 3\n\n" + "last " * 16
    paste(page, text=text)
    assert count_words(typed(page)) == 30 + 7 + 16
    expect(page.locator("[data-count]")).to_have_text("You have 3 words too many")
    expect(saved_line(page)).to_contain_text("Saved at")
    page.get_by_role("button", name="Save and send").click()
    expect(page.locator("main")).to_contain_text("Your reflection has 53 words. Shorten it to 50 or fewer.")
    assert Part.objects.get(pk=part.pk).status == "draft"


def test_the_editor_and_the_server_read_one_language(page: Page) -> None:
    """The same blocks, and what the editor writes back reads as what it was given."""
    address = page.evaluate("document.querySelector('script[src*=editor]').src")
    for text, html, words in CASES:
        read = page.evaluate(
            """async ([address, text]) => {
              const editor = await import(address)
              const written = editor.textOf(editor.docOf(text))
              return { blocks: editor.blocksOf(text), words: editor.countWords(text), written }
            }""",
            [address, text],
        )
        assert read["blocks"] == [_plain(block) for block in blocks_of(text)], text
        assert read["words"] == words, text
        assert formatted(read["written"]) == html, text


def _plain(block: Any) -> Any:
    if isinstance(block, str):
        return block
    items = [{"text": one.text, "lists": [_plain(inner) for inner in one.lists]} for one in block.items]
    return {"start": block.start, "items": items}


def test_s22_nothing_runs_in_the_editor_or_after_it(page: Page, portal_url: str, part: Part) -> None:
    """The policy is switched off (``bypass_csp``), so that only our own care protects."""
    paste(page, HOSTILE)
    paste(page, text=HOSTILE)
    page.get_by_label(TEXT).press_sequentially("<img data-hit src=x onerror=hit()>")
    expect(saved_line(page)).to_contain_text("Saved at")
    seen = [page.url]
    text = Part.objects.get(pk=part.pk).text
    assert "onerror=hit()" in text
    by = make.member(part.submission.school)
    newer = f"{text} {HOSTILE} newer"
    save_text(part, newer, seen=text_mark(text), by=by, now=make.NOW)
    seen += [f"{portal_url}/submissions/{part.submission_id}/parts/{part.pk}/versions/{more}"
             for more in ("", "1/", "2/", "1/?with=now", "1/restore/")]  # fmt: skip
    page.get_by_label(TEXT).press_sequentially("mine")
    expect(saved_line(page)).to_contain_text("Somebody else")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("h1")).to_have_text("A newer text was saved while you were writing")
    assert (page.evaluate("window.hits"), page.locator("[data-hit]").count()) == (0, 0)
    for address in seen:
        page.goto(address)
        assert (page.evaluate("window.hits"), page.locator("[data-hit]").count()) == (0, 0), address
    expect(page.locator("main")).to_contain_text("onerror=hit()")


def test_s22_nothing_runs_when_a_draft_is_put_back(page: Page, portal_url: str, part: Part) -> None:
    address = f"{portal_url}/submissions/{part.submission_id}/messages/"
    page.goto(address)
    page.get_by_label("Message").fill(HOSTILE)
    expect(saved_line(page)).to_contain_text("until you send it")
    page.goto(address)
    expect(page.get_by_label("Message")).to_have_value(HOSTILE)
    page.goto(f"{portal_url}/typed/kept/?form=/submissions/{part.submission_id}/messages/")
    expect(page.locator("main")).to_contain_text("onerror=hit()")
    assert (page.evaluate("window.hits"), page.locator("[data-hit]").count()) == (0, 0)


@pytest.mark.slow
def test_q06_the_page_of_a_text_is_light_and_usable_early(
    context: BrowserContext, page: Page, portal_url: str, part: Part
) -> None:
    """Bytes as a server sends them (compressed), and what has to come before the page can be used.

    400 kbit/s are 50 kB a second; a round trip takes 0.4 s. The style sheet alone blocks, after the page:
    the textarea is there before the editor.
    """
    sizes: dict[str, int] = {}

    def weigh(response: Any) -> None:
        body = response.body()
        packed = body if ".woff2" in response.url else gzip.compress(body, 6)
        sizes[response.url.removeprefix(portal_url)] = len(packed) + 400  # and its headers

    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.on("requestfinished", lambda request: weigh(request.response()))
    line = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    session.send("Network.emulateNetworkConditions", line)
    page.goto(portal_url + part.get_absolute_url(), wait_until="networkidle", timeout=60_000)
    assert any("editor.js" in one for one in sizes)
    assert sum(sizes.values()) <= 200_000, sizes
    blocking = page.evaluate(
        """performance.getEntriesByType('resource')
          .filter((one) => one.renderBlockingStatus === 'blocking').map((one) => one.name)"""
    )
    assert [one.rpartition("/")[2] for one in blocking] == ["portal.css"]
    document = next(size for address, size in sizes.items() if address == part.get_absolute_url())
    first = document + next(size for address, size in sizes.items() if "portal.css" in address)
    # Connecting, the page, the style sheet: three round trips and these bytes.
    assert 3 * 0.4 + first / 50_000 <= 5


def test_the_editor_is_loaded_only_where_a_text_is_written(page: Page, portal_url: str, part: Part) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{portal_url}/submissions/{part.submission_id}/")
    Part.objects.filter(pk=part.pk).update(status="sent", sent_at=make.NOW)
    page.goto(portal_url + part.get_absolute_url())
    assert [one for one in asked if "editor.js" in one] == []
    found = finders.find("dist/portal.js")
    assert isinstance(found, str)
    assert len(gzip.compress(Path(found).read_bytes(), 6)) <= 16_000
