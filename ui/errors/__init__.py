"""What page Errors shows: each view is a module with a function `show(run)`."""

from ui.errors import logits, matrix, people, superclasses

VIEWS = {
    "Confusion matrix": matrix.show,
    "Superclasses": superclasses.show,
    "Logits": logits.show,
    "Labels and people": people.show,
}
