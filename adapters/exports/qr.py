"""A link as a QR picture, to be printed or shown on a screen."""

import io

import segno

#: Dots of one module: a link of an invitation becomes a picture of about 400 × 400 dots.
SCALE = 8
#: Modules of white around it, as the standard asks for.
BORDER = 4


def png(link: str) -> bytes:
    """Black on white; a quarter of it may be covered or torn."""
    return _written(link, "png")


def svg(link: str) -> bytes:
    """The same picture in any size."""
    return _written(link, "svg")


def _written(link: str, kind: str) -> bytes:
    picture = io.BytesIO()
    # Neither the time nor the library's name: the same link is the same file.
    segno.make_qr(link, error="q").save(picture, kind=kind, scale=SCALE, border=BORDER)
    return picture.getvalue()
