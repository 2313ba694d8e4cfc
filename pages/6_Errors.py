"""Errors: which classes are confused, and the images behind each cell."""

from ui import shell
from ui.components.controls import show_view
from ui.errors import RENAMED, VIEWS

show_view(
    VIEWS,
    shell.open_run_page(
        "Errors",
        "Which classes are confused, which errors leave their superclass, and where the label itself may be wrong.",
    ),
    RENAMED,
)
