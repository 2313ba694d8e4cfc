"""Draw: what does the network say about my digit, and does it answer or refuse?"""

from ui import shell
from ui.draw import page

page.show(
    shell.open_run_page(
        "Draw",
        "Draw a digit or give a picture: the network answers, or says that it does not know.",
    )
)
