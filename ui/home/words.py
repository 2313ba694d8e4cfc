"""Words of page Home."""

from core.views.palette import WAKARANAI

# A browser may break Japanese between any two letters; a word joiner, which is not seen, forbids it.
UNBROKEN_WAKARANAI = "\u2060".join(WAKARANAI)
