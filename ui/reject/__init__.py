"""What page Reject shows: each view is a module with a function `show(run)`."""

from ui.reject import conventions, threshold, which_score

VIEWS = {
    "Threshold": threshold.show,
    "Which score": which_score.show,
    "Conventions": conventions.show,
}
