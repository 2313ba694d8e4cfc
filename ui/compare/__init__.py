"""What page Compare shows: each view is a module with a function `show(compared)`."""

from ui.compare import epochs, seeds

VIEWS = {"Seeds": seeds.show, "Epochs": epochs.show}
