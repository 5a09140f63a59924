"""What a browser calls itself, in a person's words. For their own eyes only: it can be forged."""

# The first that is found counts: Edge and Opera also name Chrome, and Chrome also names Safari.
BROWSERS = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
]
MACHINES = [
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("CrOS", "a Chromebook"),
    ("Windows", "Windows"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
]


def in_words(agent: str) -> str:
    """ "Firefox on Windows"; what isn't known is left out."""
    browser = next((name for sign, name in BROWSERS if sign in agent), "")
    machine = next((name for sign, name in MACHINES if sign in agent), "")
    if not browser:
        return f"A browser on {machine}" if machine else "A browser we don’t know"
    return f"{browser} on {machine}" if machine else browser
