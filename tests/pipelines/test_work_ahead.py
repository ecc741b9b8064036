"""Work done ahead comes in order, all of it and once, and fails in its turn."""

import threading

import pytest

from pipelines.work_ahead import ReadAhead, worked_ahead


@pytest.mark.parametrize("most", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_every_item_is_worked_on_once_and_comes_in_its_turn(most, count):
    assert list(worked_ahead(range(count), lambda item: item * item, most)) == [(n, n * n) for n in range(count)]


@pytest.mark.parametrize("most", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_every_item_is_taken_once_and_comes_in_its_turn(most, count):
    ahead = ReadAhead(iter(range(count)), most)
    assert list(ahead) == list(range(count))
    assert list(ahead) == []


def test_items_are_taken_before_they_are_asked_for():
    taken = threading.Semaphore(0)

    def items():
        for item in range(3):
            taken.release()
            yield item

    ahead = ReadAhead(items(), 2)
    assert all(taken.acquire(timeout=60) for _ in range(2))
    assert list(ahead) == [0, 1, 2]


def failing():
    yield 1
    raise ValueError("the second")


def test_what_cannot_be_taken_fails_in_its_turn():
    ahead = ReadAhead(failing(), 3)
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="the second"):
        next(ahead)


def test_what_cannot_be_done_fails_in_its_turn():
    done = worked_ahead([1, 0, 2], lambda item: 6 // item, 2)
    assert next(done) == (1, 6)
    with pytest.raises(ZeroDivisionError):
        next(done)
