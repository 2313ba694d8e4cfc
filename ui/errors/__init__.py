"""What page Errors shows: each view is a module with a function `show(run)`."""

from ui.errors import logits, matrix, people, superclasses

VIEWS = {
    "Confusion matrix": matrix.show,
    "Superclasses": superclasses.show,
    "Logits": logits.show,
    "Label errors and human votes": people.show,
}
RENAMED = {"Labels and people": "Label errors and human votes"}  # in links that people keep
