import ui
ui.page("Train", "x", needs_run=False)
