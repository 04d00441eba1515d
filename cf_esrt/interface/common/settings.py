"""What the environment says to the page, read once, where the program begins."""

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
"""Names under which the page is reached, besides those of this machine, with commas between."""
SERVER_NAME = "GRADIO_SERVER_NAME"
"""Where Gradio listens; by default on 127.0.0.1."""
SPACE_HOST = "SPACE_HOST"
"""A Space's own name."""
SPACE = "SPACE_ID"
"""Set by Hugging Face where the page runs as a Space."""
SPACE_FRAMES = ("https://huggingface.co", "https://*.huggingface.co")
"""The sites that show a Space in an iframe of theirs."""
_NAME = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*")


class SettingsError(ValueError):
    """One sentence on a setting that cannot be used; it never repeats the value."""


@dataclass(frozen=True)
class Settings:
    """How the page is guarded."""

    auth: tuple[str, str] | None = None
    """User name and password that open it; None: it is open to everyone who reaches it."""
    frames: tuple[str, ...] = ()
    """Other sites that may show it inside a frame."""
    hosts: tuple[str, ...] = LOCAL
    """Names under which it answers."""
    addresses: bool = False
    """Whether it also answers under any IP address."""
    origins: tuple[str, ...] = ()
    """Sites besides itself that may send to it."""
    engine: str = "auto"
    """What runs the networks (`cf_esrt.engine`)."""
    models: tuple[str, ...] = ()
    """Checkpoints besides the project's, ``NAME=FILE`` each (`cf_esrt.catalogue`)."""


def read(environment: MutableMapping[str, str]) -> Settings:
    """Read the settings and take the password out, so that no process started later inherits it.

    Raises:
        SettingsError: where ``CF_ESRT_AUTH`` is there and is not ``user:password``, ``CF_ESRT_HOSTS`` holds something
            else than names, or ``CF_ESRT_ENGINE`` is no engine that is here.
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
        # A Space is on no private network, and its proxy alone decides under which names it is reached.
        own = (*_names(environment.get(SPACE_HOST, "")), *listed)
        return replace(plain, frames=SPACE_FRAMES, hosts=(ANY,), addresses=True, origins=own)
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
