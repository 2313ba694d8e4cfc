"""Home: what the app does, a tour through its pages, and the trained models."""

from ui import shell
from ui.home import page

shell.open_page(
    "Home",
    "An image classifier always answers, even when it has no idea. Here it may refuse when its uncertainty is high.",
    heading="When should it say “I don't know”?",
)
page.show()
