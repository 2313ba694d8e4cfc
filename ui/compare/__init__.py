"""What page Compare shows: each view is a module with a function `show(compared)`."""

from ui.compare import epochs, seeds, two

VIEWS = {"Seeds": seeds.show, "Two runs": two.show, "Epochs": epochs.show}
