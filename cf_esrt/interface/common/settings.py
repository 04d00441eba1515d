"""The page's settings from the environment, read once at the start."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import MutableMapping
from dataclasses import dataclass, replace

from cf_esrt import engine
from cf_esrt.interface.common.hosts import ANY, LOCAL, is_loopback

AUTH = "CF_ESRT_AUTH"
ENGINE = "CF_ESRT_ENGINE"
MODELS = "CF_ESRT_MODELS"
HOSTS = "CF_ESRT_HOSTS"
"""Host names of the page besides this machine's, separated by commas."""
SERVER_NAME = "GRADIO_SERVER_NAME"
"""Where Gradio listens; by default on 127.0.0.1."""
SPACE_HOST = "SPACE_HOST"
"""A Space's host name."""
SPACE = "SPACE_ID"
"""Set by Hugging Face where the page runs as a Space."""
SPACE_FRAMES = ("https://huggingface.co", "https://*.huggingface.co")
"""Sites that show a Space in an iframe."""
_NAME = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*")


class SettingsError(ValueError):
    """One sentence on a setting that cannot be used; it never repeats the value."""


@dataclass(frozen=True)
class Settings:
    """How the page is protected, and what it runs."""

    auth: tuple[str, str] | None = None
    """User name and password; None: the page is open to everyone who reaches it."""
    frames: tuple[str, ...] = ()
    """Other sites that may show it in a frame."""
    hosts: tuple[str, ...] = LOCAL
    """Host names that it answers to."""
    addresses: bool = False
    """Whether it also answers to any IP address."""
    origins: tuple[str, ...] = ()
    """Other sites that may send to it."""
    direct_address: str | None = None
    """Where the page is reached without the frame of another site; None: it is never in one."""
    engine: str = "auto"
    """What runs the networks (`cf_esrt.engine`)."""
    models: tuple[str, ...] = ()
    """Additional checkpoints, ``NAME=FILE`` each (`cf_esrt.catalogue`)."""


def read(environment: MutableMapping[str, str]) -> Settings:
    """Read the settings, and remove the password from the environment so that no child process inherits it.

    Raises:
        SettingsError: where ``CF_ESRT_AUTH`` is not ``user:password``, ``CF_ESRT_HOSTS`` holds anything but host names,
            or ``CF_ESRT_ENGINE`` is unknown or not installed.
    """
    given = environment.pop(AUTH, None)
    plain = Settings(
        auth=None if given is None else _auth(given),
        engine=_engine(environment.get(ENGINE) or "auto"),
        models=tuple(one.strip() for one in environment.get(MODELS, "").split(",") if one.strip()),
    )
    listed = _names(environment.get(HOSTS, ""))
    server = environment.get(SERVER_NAME) or LOCAL[1]
    if environment.get(SPACE):
        # A Space is on no private network; its proxy decides which names reach it.
        own = (*_names(environment.get(SPACE_HOST, "")), *listed)
        direct = f"https://{own[0]}/" if own else None
        return replace(plain, frames=SPACE_FRAMES, hosts=(ANY,), addresses=True, origins=own, direct_address=direct)
    if is_loopback(server):
        return replace(plain, hosts=(*LOCAL, *listed), origins=listed)
    return replace(plain, hosts=(*LOCAL, server, *listed), addresses=True, origins=listed)


def _names(given: str) -> tuple[str, ...]:
    names = tuple(name for part in given.split(",") if (name := part.strip().lower()))
    for name in names:
        if not _NAME.fullmatch(name):
            raise SettingsError(
                f"{HOSTS} has to be names such as lesions.example.org, without http:// and port, with commas between."
            )
    return names


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
