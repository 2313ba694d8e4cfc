"""Shift: what does the network make of images that are not like those it learnt from?"""

from ui import shell
from ui.components.controls import show_view
from ui.shift import VIEWS

show_view(
    VIEWS,
    shell.open_run_page(
        "Shift", "Show the network what it was not trained for, spoiled or foreign images, and see which score notices."
    ),
)
