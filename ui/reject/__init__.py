"""What page Reject shows: each view is a module with a function `show(run)`."""

from ui.reject import threshold

VIEWS = {"Threshold": threshold.show}
