"""What page Compare shows: each view is a module with a function `show(compared)`."""

from ui.compare import ensemble, epochs, seeds, two

VIEWS = {"Seeds": seeds.show, "Two runs": two.show, "Ensemble": ensemble.show, "Epochs": epochs.show}
