"""Everything that uses Streamlit.

`shell` sets a page up, `loaded` reads and caches, `serving` asks networks, `decision` asks which score and threshold refuse,
`components` are what several pages show, and each page has a folder of its own.
"""

# Imported here, where every page waits for it: Streamlit imports it in the thread that first needs it, and another thread
# would then meet half of it.
import pandas  # noqa: F401

from ui.faults import show_as_codes
from ui.memory import bound_uploads, share_heaps

share_heaps()
bound_uploads()
show_as_codes()
