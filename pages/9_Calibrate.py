"""Calibrate: does the confidence of an answer say how often such answers are right?"""

from ui import shell
from ui.calibrate import VIEWS
from ui.components.controls import show_view

show_view(
    VIEWS,
    shell.open_run_page("Calibrate", "When the network is 80 % confident, are 80 % of its answers right?"),
)
