"""The organiser's login: one password at a time, few wrong ones a minute, valid for half a day."""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable

from cf_esrt.survey.errors import Refused, WrongPassword

LASTS = 12 * 3600
"""Seconds that a sign-in holds."""
WRONG, WINDOW = 8, 60.0
"""After so many wrong passwords in so many seconds, logins are refused until the first of them is that old."""


class TooMany(Refused):
    """Logins are refused for a while."""

    def __init__(self) -> None:
        super().__init__("There were too many wrong passwords; please wait a minute.")


class LoginLimiter:
    """Checks passwords one at a time and hands out tokens. It counts wrong passwords of everybody together, since no
    address is kept: a flood of them keeps an organiser from signing in, not one who is in, nor the command line.
    """

    def __init__(self, check: Callable[[str], object], clock: Callable[[], float] = time.monotonic) -> None:
        """``check`` raises WrongPassword."""
        self._check, self._clock = check, clock
        self._tokens: dict[str, float] = {}
        self._wrong: deque[float] = deque(maxlen=WRONG)
        self._lock = threading.Lock()

    def login(self, password: str) -> str:
        """A token for who knows the password; WrongPassword or TooMany otherwise."""
        with self._lock:
            now = self._clock()
            if len(self._wrong) == WRONG and now - self._wrong[0] < WINDOW:
                raise TooMany
            try:
                self._check(password)
            except WrongPassword:
                self._wrong.append(now)
                raise
            self._tokens = {token: until for token, until in self._tokens.items() if until > now}
            token = secrets.token_urlsafe(32)
            self._tokens[token] = now + LASTS
            return token

    def knows(self, token: str) -> bool:
        """Whether the token still holds."""
        return self._tokens.get(token, 0.0) > self._clock()

    def logout(self, token: str) -> None:
        """The token holds no more; unknown ones are no error."""
        with self._lock:
            self._tokens.pop(token, None)
