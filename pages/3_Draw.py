"""Draw: what does the network make of my digit, and would it dare to answer?"""

from ui import shell
from ui.draw import page

page.show(
    shell.open_run_page(
        "Draw",
        "Draw a digit or give a picture, and see what the network believes, how sure it is, and whether it would answer.",
    )
)
