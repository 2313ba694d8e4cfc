"""Errors: who is taken for whom, and what lies behind each cell."""

import ui
from ui.errors import logits, matrix, people, superclasses

run = ui.page(
    "Errors", "Who is taken for whom, which errors are excusable and which are not, and whose fault they are."
)
ui.view(
    {
        "Confusion matrix": matrix.show,
        "Superclasses": superclasses.show,
        "Logits": logits.show,
        "Labels and people": people.show,
    },
    run,
)
