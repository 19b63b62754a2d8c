"""Which pictures are kept: those browsers show and that are nothing else, told by their first bytes."""

MOST_BYTES = 5_000_000
A_DAY = 200
"""Pictures one member or key may add within a day."""

STARTS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


def media_type_of(content: bytes) -> str | None:
    """What the first bytes say it is, whatever its name says; none for what is not kept."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in STARTS.items() if content.startswith(start)), None)


def is_drawing(name: str, content: bytes) -> bool:
    """Whether it is an SVG, by its name or by its text: a document that may hold scripts."""
    return name.lower().endswith((".svg", ".svgz")) or b"<svg" in content[:1000].lower()
