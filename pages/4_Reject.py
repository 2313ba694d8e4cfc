"""Reject: one threshold trades how much is answered against how often the answer is right."""

from ui import shell
from ui.components.controls import show_view
from ui.reject import VIEWS

show_view(
    VIEWS,
    shell.open_run_page(
        "Reject",
        "The threshold is **chosen on the validation images** and **verified on the test images**.",
    ),
)
