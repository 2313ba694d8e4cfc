"""Explain: why did it say that, and how far can the explanation be trusted?"""

import ui
from ui.explain import many, one, trust

run = ui.page(
    "Explain",
    "See which pixels speak for a class and which against it, by twelve methods, each with its proof beside it.",
)
ui.view({"One picture": one.show, "Many at once": many.show, "Can it be trusted?": trust.show}, run)
