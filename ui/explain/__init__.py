"""What page Explain shows: each view is a module with a function `show(run)`."""

from ui.explain import many, one, trust

VIEWS = {"One picture": one.show, "Many at once": many.show, "Can it be trusted?": trust.show}
