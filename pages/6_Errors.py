"""Errors: who is taken for whom, and what lies behind each cell."""

from ui import shell
from ui.components.controls import show_view
from ui.errors import VIEWS

show_view(
    VIEWS,
    shell.open_run_page(
        "Errors",
        "Which classes are confused, which errors leave their superclass, and where the label itself may be wrong.",
    ),
)
