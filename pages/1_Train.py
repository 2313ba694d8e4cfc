"""Train: choose data, network and training length, and watch it learn."""

from ui import shell
from ui.train import page

shell.open_page(
    "Train",
    "Train a classifier of your own in the background, even if you close the browser. When it is done, every page can show it.",
)
page.show()
