"""What is read from disk or computed once for all viewers, and kept.

Keyed by plain values and bounded, never by an array or a threshold. What is kept is shared by all sessions: do not change it.
"""

from ui.loaded.data import contact_sheet, devices, images, key_of, predictions, split_of
from ui.loaded.scores import NotComputed, Scored, scored

__all__ = ["NotComputed", "Scored", "contact_sheet", "devices", "images", "key_of", "predictions", "scored", "split_of"]
