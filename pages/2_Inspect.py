"""Inspect: which samples is the classifier unsure of, and is it right about them?"""

from ui import shell
from ui.inspect import page

page.show(shell.open_run_page("Inspect", "Which images is the network unsure of, and is it right about them?"))
