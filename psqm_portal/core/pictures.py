"""The portal's own drawings as SVG insides: constants, never built from anything a person typed."""

# ruff: noqa: E501 - a path is one string

_LINE = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'

# 16 × 16
ICONS = {
    "circle": f'<circle cx="8" cy="8" r="6" {_LINE}/>',
    "half": f'<circle cx="8" cy="8" r="6" {_LINE}/><path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor"/>',
    "clock": f'<circle cx="8" cy="8" r="6" {_LINE}/><path d="M8 4.8V8l2.2 1.6" {_LINE}/>',
    "tick": f'<path d="m2.8 8.6 3.4 3.6 7-8.2" {_LINE}/>',
    "tick-disc": '<path fill="currentColor" fill-rule="evenodd" d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1m3.9 5.2-4.6 5.2'
    '-3.4-3.3 1.4-1.4 1.9 1.8 3.2-3.6z"/>',
    "return": f'<path d="M6 3 2.5 6.5 6 10M3 6.5h6.5a3.5 3.5 0 0 1 0 7H7" {_LINE}/>',
    "alert": '<path fill="currentColor" fill-rule="evenodd" d="M8 1.2 15.4 14H.6zM7 6v4h2V6zm0 5v1.8h2V11z"/>',
    "cross": f'<path d="m4 4 8 8m0-8-8 8" {_LINE}/>',
    "dash": f'<path d="M4 8h8" {_LINE}/>',
    "up": f'<path d="M8 13V3M4 7l4-4 4 4" {_LINE}/>',
    "down": f'<path d="M8 3v10m4-4-4 4-4-4" {_LINE}/>',
    "updown": f'<path d="m5 6 3-3 3 3M5 10l3 3 3-3" {_LINE}/>',
    "next": f'<path d="M3 8h10M9 4l4 4-4 4" {_LINE}/>',
    "previous": f'<path d="M13 8H3m4-4L3 8l4 4" {_LINE}/>',
    "file": f'<path d="M9 1.5H4v13h8.5V5zM9 1.5V5h3.5" {_LINE}/>',
    "image": f'<path d="M2 3h12v10H2zm0 8 3.5-4 3 3L11 8l3 3" {_LINE}/>',
    "link": f'<path d="M7 9a3 3 0 0 0 4.2 0l2-2A3 3 0 0 0 9 2.8L8 3.8M9 7a3 3 0 0 0-4.2 0l-2 2A3 3 0 0 0 7 13.2l1-1" {_LINE}/>',
    "note": f'<path d="M3 2h10v9l-3 3H3zm3 4h4M6 9h4" {_LINE}/>',
    "lock": f'<path d="M3.5 7.5h9v6h-9zm2-.5V5a2.5 2.5 0 0 1 5 0v2" {_LINE}/>',
    "mail": f'<path d="M1.8 3.5h12.4v9H1.8zm0 .5L8 9l6.2-5" {_LINE}/>',
    "print": f'<path d="M4.5 5.5v-4h7v4M4.5 11h-3V5.5h13V11h-3m-7-2h7v5.5h-7z" {_LINE}/>',
    "download": f'<path d="M8 2v8m3.5-3.5L8 10 4.5 6.5M2.5 13.5h11" {_LINE}/>',
    "person": f'<circle cx="8" cy="5" r="3" {_LINE}/><path d="M2 14.5c.5-3.5 3-5 6-5s5.5 1.5 6 5" {_LINE}/>',
    "calendar": f'<path d="M2 3.5h12v10.5H2zm0 3.5h12M5 1.8v3m6-3v3" {_LINE}/>',
}


def _medal(disc: str, rim: str, mark: str) -> str:
    return (
        '<svg class="app-medal" viewBox="0 0 24 28" width="24" height="28" aria-hidden="true" focusable="false">'
        '<path d="M6.5 15 4 27l8-3.2L20 27l-2.5-12z" fill="#5a2a86"/>'
        f'<circle cx="12" cy="10.5" r="9" fill="{disc}" stroke="{rim}" stroke-width="2"/>'
        f'<path d="M9.7 6v4.8L6.9 14.8c-.5.9 0 1.7 1 1.7h8.2c1 0 1.5-.8 1-1.7l-2.8-4V6m-5.4 0h6.2" '
        f'fill="none" stroke="{mark}" stroke-width="1.4" stroke-linecap="round" transform="translate(0 -.6)"/></svg>'
    )


MEDALS = {
    "bronze": _medal("#d9a066", "#8a5220", "#5c3310"),
    "silver": _medal("#d6dbe1", "#727d8a", "#434c57"),
    "gold": _medal("#f4cf57", "#a67c00", "#664c00"),
    "other": _medal("#e6dcf2", "#5a2a86", "#5a2a86"),
}

# 160 × 160
ILLUSTRATIONS = {
    "beaker": (
        '<circle cx="80" cy="84" r="66" fill="#f3edf9"/>'
        '<path d="M48 66h64v58a10 10 0 0 1-10 10H58a10 10 0 0 1-10-10z" fill="#fff"/>'
        '<path d="M48 92c11-7 21 7 32 0s21-7 32 0v32a10 10 0 0 1-10 10H58a10 10 0 0 1-10-10z" fill="#8fd0b0"/>'
        '<path d="M42 40h76m-70 0v84a10 10 0 0 0 10 10h44a10 10 0 0 0 10-10V40" fill="none" stroke="#5a2a86" '
        'stroke-width="5" stroke-linecap="round" stroke-linejoin="round"/>'
        '<path d="M98 60h14M102 74h10M98 88h14" stroke="#5a2a86" stroke-width="4" stroke-linecap="round"/>'
        '<circle cx="66" cy="112" r="6" fill="#fff"/><circle cx="84" cy="120" r="4" fill="#fff"/>'
        '<circle cx="78" cy="104" r="3" fill="#fff"/>'
        '<circle cx="74" cy="30" r="6" fill="#f4cf57"/><circle cx="90" cy="20" r="4" fill="#b79ad3"/>'
    ),
    "magnifier": (
        '<circle cx="80" cy="84" r="66" fill="#eaf6f0"/>'
        '<circle cx="70" cy="70" r="36" fill="#fff" stroke="#5a2a86" stroke-width="6"/>'
        '<path d="m97 97 34 34" stroke="#5a2a86" stroke-width="12" stroke-linecap="round"/>'
        '<path d="M70 92V66m0 12c-14 0-18-8-18-18 12 0 18 6 18 18m0-10c0-12 6-18 18-18 0 12-6 18-18 18" '
        'fill="#8fd0b0" stroke="#1d6b48" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round"/>'
    ),
    "leaf": (
        '<circle cx="80" cy="84" r="66" fill="#fbf5df"/>'
        '<path d="M42 118C34 66 66 36 124 38c4 58-26 92-82 80" fill="#8fd0b0" stroke="#1d6b48" stroke-width="5" '
        'stroke-linejoin="round"/>'
        '<path d="M34 132 104 60M62 103V78m18 7V66m-18 37h25m-7-18h22" fill="none" stroke="#1d6b48" '
        'stroke-width="4" stroke-linecap="round"/>'
        '<g fill="#c4453c" stroke="#1d1a22" stroke-width="3"><ellipse cx="112" cy="104" rx="13" ry="10"/></g>'
        '<path d="M112 94v20" stroke="#1d1a22" stroke-width="3"/><circle cx="98" cy="104" r="5" fill="#1d1a22"/>'
    ),
    "magnet": (
        '<circle cx="80" cy="84" r="66" fill="#f3edf9"/>'
        '<path d="M46 58v30a34 34 0 0 0 68 0V58H92v30a12 12 0 0 1-24 0V58z" fill="#5a2a86"/>'
        '<path d="M46 46h22v20H46zm46 0h22v20H92z" fill="#d6dbe1" stroke="#5a2a86" stroke-width="4" '
        'stroke-linejoin="round"/>'
        '<path d="M57 18v14m46-14v14M36 26l6 9m82-9-6 9" stroke="#f0b429" stroke-width="5" stroke-linecap="round"/>'
    ),
}
