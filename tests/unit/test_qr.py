"""QR pictures of invitation links."""

import xml.etree.ElementTree as ET

from adapters.exports import qr

LINK = "https://t.me/csobot_bot?start=abcdefghijklmnopqrstuvwx"


def test_a_link_is_a_picture() -> None:
    """A PNG for a message, an SVG for a poster."""
    assert qr.png(LINK).startswith(b"\x89PNG\r\n\x1a\n")
    assert ET.fromstring(qr.svg(LINK)).tag.endswith("svg")


def test_the_same_link_is_the_same_file() -> None:
    """No time and no number in it."""
    assert qr.png(LINK) == qr.png(LINK)
    assert qr.png(LINK) != qr.png(LINK + "y")
