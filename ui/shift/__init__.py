"""What page Shift shows: each view is a module with a function `show(run)`."""

from ui.shift import doubt, elsewhere, noise, split

VIEWS = {
    "Corruption": noise.show,
    "Out-of-distribution data": elsewhere.show,
    "Sure vs unsure": split.show,
    "Aleatoric vs epistemic": doubt.show,
}
RENAMED = {
    "Noise": "Corruption",
    "Data from elsewhere": "Out-of-distribution data",
    "Which doubt": "Aleatoric vs epistemic",
    "Threshold split": "Sure vs unsure",
}
