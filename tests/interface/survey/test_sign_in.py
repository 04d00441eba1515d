from __future__ import annotations

import pytest

from cf_esrt.interface.survey.sign_in import LASTS, WINDOW, WRONG, Doorkeeper, TooMany
from cf_esrt.survey.errors import WrongPassword


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def check(password: str) -> None:
    if password != "right":
        raise WrongPassword


def test_many_wrong_passwords_close_the_door_for_a_while() -> None:
    clock = Clock()
    door = Doorkeeper(check, clock)
    inside = door.let_in("right")
    for _ in range(WRONG):
        with pytest.raises(WrongPassword):
            door.let_in("wrong")
        clock.now += 1
    with pytest.raises(TooMany, match="wait a minute"):
        door.let_in("right")
    assert door.knows(inside)
    clock.now += WINDOW - WRONG
    assert door.knows(door.let_in("right"))


def test_a_sign_in_ends() -> None:
    clock = Clock()
    door = Doorkeeper(check, clock)
    token, other = door.let_in("right"), door.let_in("right")
    assert token != other
    door.let_out(other)
    door.let_out("unknown")
    assert [door.knows(one) for one in (token, other, "")] == [True, False, False]
    clock.now += LASTS
    assert not door.knows(token)
