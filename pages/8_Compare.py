"""Compare: is one recipe better than another, or is it chance?"""

from ui import shell
from ui.compare import VIEWS, choice
from ui.components.controls import show_view

shell.open_page(
    "Compare",
    "Train each recipe with several seeds, and see whether the difference between them is larger than chance.",
)
show_view(VIEWS, choice.chosen())
