"""Reject: one threshold trades how much is answered against how often the answer is right."""

from ui import shell
from ui.reject import page

page.show(
    shell.open_run_page(
        "Reject",
        "The threshold is **chosen on the validation images** and **verified on the test images**.",
    )
)
