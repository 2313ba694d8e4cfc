"""Shift: what does the network say about images that are unlike its training images?"""

from ui import shell
from ui.components import old_links
from ui.components.controls import show_view
from ui.shift import RENAMED, VIEWS

old_links.follow("view", RENAMED)
show_view(
    VIEWS,
    shell.open_run_page(
        "Shift", "Show the network corrupted images, or images of another data set, and see which score notices."
    ),
)
