"""Errors: who is taken for whom, and what lies behind each cell."""

from ui import shell
from ui.components.controls import show_view
from ui.errors import VIEWS

show_view(
    VIEWS,
    shell.open_run_page(
        "Errors", "Who is taken for whom, which errors are excusable and which are not, and whose fault they are."
    ),
)
