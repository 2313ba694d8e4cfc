"""Train: choose data, network and patience, and watch it learn."""

from ui import shell
from ui.train import page

shell.open_page(
    "Train",
    "Train a classifier of your own beside the page: close the browser, it goes on. When it is done, every page can show it.",
)
page.show()
