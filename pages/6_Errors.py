"""Errors: which classes are confused, and the images behind each cell."""

from ui import errors, shell

errors.show(
    shell.open_run_page(
        "Errors",
        "Which classes are confused, which errors leave their superclass, and where the label itself may be wrong.",
    ),
)
