"""Home: what the app does, which runs there are, and a tour in three steps."""

from ui import shell
from ui.home import page

shell.open_page(
    "Home",
    "An image classifier always answers, even when it has no idea. Here you see when it should not. "
    "Train a classifier, see image by image how unsure it is, and trade one against the other: "
    "how much it answers, and how often it is right.",
    heading="When should it say “I don't know”?",
)
page.show()
