"""Calibrate: how often are answers right that are given with a certain confidence?"""

from ui import shell
from ui.calibrate import VIEWS
from ui.components.controls import show_view

show_view(
    VIEWS,
    shell.open_run_page("Calibrate", "Are 80 % of the answers right that the network gives with a confidence of 80 %?"),
)
