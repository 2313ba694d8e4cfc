"""Page Errors: each view of it is a module with a function `show(run)`."""
