"""The order of questions: one uses the networks at a time, and the one with the least computing time goes first.

A new question, such as a drawing, has no computing time yet: it waits until the current piece of work ends and the new
questions before it have had their turn, but for no longer question. Long questions take turns.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from heapq import heappop, heappush
from itertools import count
from time import perf_counter

LONG = 1.0  # seconds of computing after which all questions count as equally long


class Turns:
    """The queue of questions to the networks."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int]] = []  # a heap of (seconds computed, place in the queue)
        self._is_taken = False
        self._places = count()

    @contextmanager
    def taken(self) -> Iterator[Callable[[], None]]:
        """Wait for a turn and hold it. Yields a function to call between two pieces of work, which lets others go first."""
        computed = since = 0.0

        def let_others() -> None:
            nonlocal computed, since
            computed += perf_counter() - since
            mine = min(computed, LONG)
            # Read without the lock: if it is out of date, the next piece corrects it.
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
