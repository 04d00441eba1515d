from __future__ import annotations

import pytest

from cf_esrt.interface.survey.sign_in import LASTS, WINDOW, WRONG, LoginLimiter, TooMany
from cf_esrt.survey.errors import WrongPassword


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def check(password: str) -> None:
    if password != "right":
        raise WrongPassword


def test_many_wrong_passwords_close_the_limiter_for_a_while() -> None:
    clock = Clock()
    limiter = LoginLimiter(check, clock)
    inside = limiter.login("right")
    for _ in range(WRONG):
        with pytest.raises(WrongPassword):
            limiter.login("wrong")
        clock.now += 1
    with pytest.raises(TooMany, match="wait a minute"):
        limiter.login("right")
    assert limiter.knows(inside)
    clock.now += WINDOW - WRONG
    assert limiter.knows(limiter.login("right"))


def test_a_sign_in_ends() -> None:
    clock = Clock()
    limiter = LoginLimiter(check, clock)
    token, other = limiter.login("right"), limiter.login("right")
    assert token != other
    limiter.logout(other)
    limiter.logout("unknown")
    assert [limiter.knows(one) for one in (token, other, "")] == [True, False, False]
    clock.now += LASTS
    assert not limiter.knows(token)
