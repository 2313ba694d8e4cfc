"""What about the network's answer is explained: the logit of a class, the difference of two, or its uncertainty."""

from typing import NamedTuple

from core.metrics.explanation import Contrast
from core.serving import Function


class Target(NamedTuple):
    """What is explained: a kind and its classes, with a name for the screen."""

    kind: str  # "class", "contrast", "entropy" or "margin"
    classes: tuple[int, ...] = ()
    name: str = ""

    def for_network(self) -> int | Contrast | Function:
        """The target as a question to the network takes it."""
        if self.kind == "class":
            return self.classes[0]
        if self.kind == "contrast":
            return Contrast(*self.classes)
        return Function(f"core.saliency.{'entropy' if self.kind == 'entropy' else 'top_two_margin'}")
