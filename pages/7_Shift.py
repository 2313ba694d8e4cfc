"""Shift: what does the network say about images that are unlike its training images?"""

from ui import shell
from ui.components.controls import show_view
from ui.shift import RENAMED, VIEWS

show_view(
    VIEWS,
    shell.open_run_page(
        "Shift", "Show the network corrupted images, or images of another data set, and see which score notices."
    ),
    RENAMED,
)
