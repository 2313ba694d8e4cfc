"""Explain: why did the network predict that, and how far can the explanation be trusted?"""

from ui import shell
from ui.components.controls import show_view
from ui.explain import VIEWS

show_view(
    VIEWS,
    shell.open_run_page(
        "Explain",
        "See which pixels speak for a class and which against it, by twelve methods, and test how far such maps can be trusted.",
    ),
)
