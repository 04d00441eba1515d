"""What the environment says to the page, read once, where the program begins."""

from __future__ import annotations

import importlib.util
from collections.abc import MutableMapping
from dataclasses import dataclass

from cf_esrt import engine

AUTH = "CF_ESRT_AUTH"
ENGINE = "CF_ESRT_ENGINE"
SPACE = "SPACE_ID"
"""Set by Hugging Face where the page runs as a Space."""
SPACE_FRAMES = ("https://huggingface.co", "https://*.huggingface.co")
"""The sites that show a Space in an iframe of theirs."""


class SettingsError(ValueError):
    """One sentence on a setting that cannot be used; it never repeats the value."""


@dataclass(frozen=True)
class Settings:
    """How the page is guarded."""

    auth: tuple[str, str] | None = None
    """User name and password that open it; None: it is open to everyone who reaches it."""
    frames: tuple[str, ...] = ()
    """Other sites that may show it inside a frame."""
    engine: str = "auto"
    """What runs the networks (`cf_esrt.engine`)."""


def read(environment: MutableMapping[str, str]) -> Settings:
    """Read the settings and take the password out, so that no process started later inherits it.

    Raises:
        SettingsError: where ``CF_ESRT_AUTH`` is there and is not ``user:password``, or ``CF_ESRT_ENGINE`` and is no
            engine that is here.
    """
    given = environment.pop(AUTH, None)
    return Settings(
        auth=None if given is None else _auth(given),
        frames=SPACE_FRAMES if environment.get(SPACE) else (),
        engine=_engine(environment.get(ENGINE) or "auto"),
    )


def _engine(given: str) -> str:
    if given not in engine.NAMES:
        raise SettingsError(f"{ENGINE} has to be {', '.join(engine.NAMES[:-1])} or {engine.NAMES[-1]}.")
    if given == "openvino" and importlib.util.find_spec(given) is None:
        raise SettingsError(f"{ENGINE} is {given}, which is not installed: pip install {given}.")
    return given


def _auth(given: str) -> tuple[str, str]:
    user, colon, password = given.partition(":")
    user = user.strip()  # Gradio strips what is typed into its form
    if not (user and colon and password):
        raise SettingsError(f"{AUTH} has to be a user name and a password with a colon between: user:password.")
    return user, password
