"""What page Calibrate shows: each view is a module with a function `show(run)`."""

from ui.calibrate import reliability, sets, temperature

VIEWS = {"Reliability": reliability.show, "Temperature": temperature.show, "Prediction sets": sets.show}
