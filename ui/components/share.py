"""A button that shares a card and a link."""

import json

from ui.components.own import own_component

_component = own_component("share")


def share_button(card: bytes, text: str, link: str, *, key: str) -> None:
    """Share a card by the browser's own dialog; without one, the button copies the link.

    Args:
        card: a PNG file.
        text: a sentence that goes with it.
        link: the address to open.
        key: the widget's key.
    """
    said = json.dumps({"text": text, "link": link}).encode()
    _component(key=key, data=said + b"\n" + card, width="content")
