"""The order of questions, with events instead of time."""

import threading

import pytest

from core.serving import turns
from core.serving.turns import Turns


class Clock:
    """A clock that a test advances."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(turns, "perf_counter", clock)
    return clock


def in_line(line: Turns, number: int) -> None:
    """Wait until this number of questions is waiting."""
    for _ in range(2000):
        if len(line._waiting) == number:
            return
        threading.Event().wait(0.005)
    raise AssertionError(f"{len(line._waiting)} wait, expected {number}")


def asks(line: Turns, name: str, done: list[str], pieces: int = 1, clock: Clock | None = None, seconds: float = 0.0):
    """A thread that asks a question; each of its pieces takes `seconds` of the clock and appends its name to `done`."""

    def work():
        with line.taken() as let_others:
            for _ in range(pieces):
                if clock is not None:
                    clock.now += seconds
                done.append(name)
                let_others()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_new_question_waits_for_one_piece_of_a_long_question(clock):
    line, done = Turns(), []
    with line.taken() as let_others:
        clock.now += 0.2
        new = asks(line, "new", done)
        in_line(line, 1)
        let_others()  # the new one is served in here
        done.append("long")
    new.join()
    assert done == ["new", "long"]


def test_a_question_that_has_computed_less_goes_first_even_if_it_came_later(clock):
    line, done = Turns(), []
    with line.taken() as hold:
        first = asks(line, "long", done, pieces=3, clock=clock, seconds=0.4)
        in_line(line, 1)
        second = asks(line, "short", done, pieces=3, clock=clock, seconds=0.1)
        in_line(line, 2)
        clock.now += 5
        hold()  # both are served before this one, which has computed for five seconds
        assert done == ["long", "short", "short", "short", "long", "long"]
    first.join()
    second.join()


def test_long_questions_take_turns(clock):
    line, done = Turns(), []
    with line.taken():
        threads = []
        for number, name in enumerate("ab", 1):
            threads.append(asks(line, name, done, pieces=4, clock=clock, seconds=turns.LONG))
            in_line(line, number)
    for thread in threads:
        thread.join()
    assert done == list("abababab")


def test_a_failed_question_ends_its_turn(clock):
    line, done = Turns(), []
    with pytest.raises(RuntimeError), line.taken():
        raise RuntimeError
    asks(line, "next", done).join(timeout=30)
    assert done == ["next"]
