"""What page Shift shows: each view is a module with a function `show(run)`."""

from ui.shift import doubt, elsewhere, noise, split

VIEWS = {
    "Threshold split": split.show,
    "Noise": noise.show,
    "Data from elsewhere": elsewhere.show,
    "Which doubt": doubt.show,
}
