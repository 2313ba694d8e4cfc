"""Help by one key instead of a stop for Tab at every "?", and a line that names the keys of what has the focus."""

from ui.components.own import own_component

_component = own_component("keyboard")


def keyboard() -> None:
    """The keys of a page; once on each page."""
    _component(key="keyboard", data=None)
