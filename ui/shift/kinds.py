"""Which out-of-distribution images can be shown to a run's network."""

from core.data import sources
from core.training.runs import Run
from ui.loaded.evidence import BLANK, NOISE

MINE = "mine"  # a viewer's own pictures, which are not among the kinds that are kept for all


def offered(run: Run) -> dict[str, str]:
    """What can be shown: kind, as `ui.loaded.evidence` names it -> name on screen."""
    form = "" if sources.source(run.config.dataset).image_shape[-1] == 3 else " in grey"
    names = {
        name: source.title + (form if source.image_shape[-1] == 3 else "")
        for name, source in sources.SOURCES.items()
        if name != run.config.dataset and not sources.missing_files(name, "test")
    }
    # The pair that is compared everywhere first.
    first = "fashion_mnist" if run.config.dataset == "mnist" else "mnist"
    return {first: names.pop(first, first), **names, NOISE: "Uniform noise", BLANK: "Blank"}


def absent(run: Run) -> list[str]:
    """Titles of the data sets that could be shown to a run if their test images were here."""
    return [
        source.title
        for name, source in sources.SOURCES.items()
        if name != run.config.dataset and sources.missing_files(name, "test")
    ]
