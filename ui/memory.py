"""Memory that comes back when a class has left, and of which no visitor gets too much.

Every click runs in a thread of its own, and glibc gives threads heaps of their own that it hardly ever returns. After 30
sessions came and went, 145 of 315 MB more stayed; with shared heaps and large arrays outside of them, 61 of 316 MB, part of
which is what the bounded caches hold.
"""

import ctypes
import sys
from functools import wraps

from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # <malloc.h>
NUM_HEAPS, LARGE = 2, 65_536  # bytes
# Of all files that one session has sent and not taken back. Streamlit's own limit is for each file alone.
MOST_UPLOADED, MOST_FILES = 60_000_000, 1_000  # bytes, files


def share_heaps() -> None:
    """Let all threads of this process share two heaps; on systems without glibc, nothing."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(M_ARENA_MAX, NUM_HEAPS)
            mallopt(M_MMAP_THRESHOLD, LARGE)


def bound_uploads() -> None:
    """Let Streamlit refuse a file with which a session would have sent too much, and hold uploads in memory alone."""
    # By default an upload of more than 1 MB passes through a file on disk. 0 is no limit; `server.maxUploadSize` is one.
    MultiPartParser.spool_max_size = 0
    add = MemoryUploadedFileManager.add_file
    if getattr(add, "__wrapped__", None) is not None:
        return

    @wraps(add)
    def add_if_there_is_room(self: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec) -> None:
        # A copy: another thread may be adding to it.
        kept = [
            other for other in list(self.file_storage.get(session_id, {}).values()) if other.file_id != file.file_id
        ]
        if len(kept) >= MOST_FILES or sum(len(other.data) for other in kept) + len(file.data) > MOST_UPLOADED:
            raise HTTPException(
                413, f"At most {MOST_FILES:,} files and {MOST_UPLOADED // 1_000_000} MB together. Remove others first."
            )
        add(self, session_id, file)

    MemoryUploadedFileManager.add_file = add_if_there_is_room  # type: ignore[method-assign]  # there is no option for it
