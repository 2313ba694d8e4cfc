"""Who may use the networks now: one question at a time, the one that has computed least goes first.

A new question, such as a drawing, has computed nothing and so waits for one piece of work at most. Questions that have
computed for long take turns with each other.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from heapq import heappop, heappush
from itertools import count
from time import perf_counter

LONG = 1.0  # seconds after which one question is as long as any other


class Turns:
    """The line of questions before the networks."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int]] = []  # a heap of (seconds computed, place in the line)
        self._is_taken = False
        self._places = count()

    @contextmanager
    def taken(self) -> Iterator[Callable[[], None]]:
        """Wait for a turn and hold it; yields what lets others go first, to be called between two pieces of work."""
        computed = 0.0

        def let_others() -> None:
            nonlocal computed, since
            computed += perf_counter() - since
            mine = min(computed, LONG)
            # Looked at without the lock: an answer that is out of date is put right at the next piece.
            if self._waiting and self._waiting[0][0] <= mine:
                self._give()
                self._take(mine)
            since = perf_counter()

        self._take(computed)
        since = perf_counter()
        try:
            yield let_others
        finally:
            self._give()

    def _take(self, computed: float) -> None:
        with self._changed:
            me = (computed, next(self._places))
            heappush(self._waiting, me)
            self._changed.wait_for(lambda: not self._is_taken and self._waiting[0] == me)
            heappop(self._waiting)
            self._is_taken = True

    def _give(self) -> None:
        with self._changed:
            self._is_taken = False
            self._changed.notify_all()
