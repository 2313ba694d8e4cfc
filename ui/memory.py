"""Memory that comes back when a class has left.

Every click runs in a thread of its own, and glibc gives threads heaps of their own that it hardly ever returns. After 30
sessions came and went, 145 of 315 MB more stayed; with shared heaps and large arrays outside of them, 61 of 316 MB, part of
which is what the bounded caches hold.
"""

import ctypes
import sys

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # <malloc.h>
NUM_HEAPS, LARGE = 2, 65_536  # bytes


def share_heaps() -> None:
    """Let all threads of this process share two heaps; on systems without glibc, nothing."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(M_ARENA_MAX, NUM_HEAPS)
            mallopt(M_MMAP_THRESHOLD, LARGE)
