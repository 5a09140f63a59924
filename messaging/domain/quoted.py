"""A mail's own words: without what it quotes, without a signature, from HTML where it has no plain text."""

import re
from html.parser import HTMLParser

# "On Tue, 3 Nov 2026 at 09:14, PSQM portal <x@y> wrote:", also broken over two or three lines.
_WROTE = re.compile(
    r"^(?:On|Am|Le|El)\b[^\n]{0,200}(?:\n[^\n]{0,200}){0,2}(?:wrote|schrieb|écrit|escribió)\s*:\s*$",
    re.MULTILINE,
)
_ORIGINAL = re.compile(
    r"^\s*(?:-{3,}\s*(?:Original Message|Forwarded message|Reply message)\s*-{3,}|_{20,})\s*$",
    re.MULTILINE | re.IGNORECASE,
)
# Outlook's head of what it quotes: "From: …" and, some lines on, "Sent: …" or "Date: …".
_HEAD = re.compile(r"^\s*\*?From:\*?\s.+\n(?:.*\n){0,2}?\s*\*?(?:Sent|Date):\*?\s.+$", re.MULTILINE)
_SIGNATURE = re.compile(r"^--\s?$", re.MULTILINE)
_TELEPHONE = re.compile(
    r"\n+(?:Sent from (?:my|Outlook|Mail|Yahoo)[^\n]{0,80}|Get Outlook for [^\n]{0,80})\s*\Z", re.IGNORECASE
)
LONGEST = 200_000
_QUOTED = re.compile(r"^\s*>")


def own_words(text: str) -> str:
    """Answers between or below quoted lines stay; the quoted lines and their heads go."""
    text = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    for head in (_ORIGINAL, _HEAD):
        if (found := head.search(text)) is not None:
            text = text[: found.start()]
    if (found := _WROTE.search(text)) is not None:
        below = text[found.end() :]
        is_marked = any(_QUOTED.match(line) for line in below.split("\n"))
        text = text[: found.start()] + (below if is_marked else "")
    text = "\n".join(line for line in text.split("\n") if not _QUOTED.match(line))
    if (found := _SIGNATURE.search(text)) is not None:
        text = text[: found.start()]
    text = _TELEPHONE.sub("", text.strip())
    return re.sub(r"\n{3,}", "\n\n", text).strip()


_BLOCKS = {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "ul", "ol", "table"}
_SILENT = {"style", "script", "head", "title", "blockquote"}
_EMPTY = {"br", "img", "hr", "meta", "link", "input", "col", "wbr", "area", "base", "source"}
_QUOTES = ("gmail_quote", "gmail_attr", "yahoo_quoted", "moz-cite-prefix")
_FROM_HERE = {"appendonsend", "divRplyFwdMsg", "mail-editor-reference-message-container"}


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._is_over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if given.get("id", "") in _FROM_HERE:
            self._is_over = True
        if tag in _BLOCKS:
            self._add("\n")
        if tag not in _EMPTY:
            is_quote = any(name in given.get("class", "").split() for name in _QUOTES)
            self._open.append((tag, tag in _SILENT or is_quote))

    def handle_endtag(self, tag: str) -> None:
        if tag not in {name for name, _ in self._open}:
            return
        while self._open.pop()[0] != tag:
            pass
        if tag in _BLOCKS:
            self._add("\n")

    def handle_data(self, data: str) -> None:
        self._add(re.sub(r"\s+", " ", data))

    def _add(self, text: str) -> None:
        if not self._is_over and not any(silent for _, silent in self._open):
            self.pieces.append(text)


def words_of_html(html: str) -> str:
    """Its visible words, a line for each block; quoted blocks are left out."""
    parser = _Words()
    parser.feed(html[:500_000])
    parser.close()
    lines = [line.strip() for line in "".join(parser.pieces).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
