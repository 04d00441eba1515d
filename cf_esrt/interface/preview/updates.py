"""Updates of the page keyed by component: a handler names what it changes, and nothing else is touched."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

Update = dict[str, Any]
"""By the name of a component of the page; what is not named stays as it is."""


def bound(handler: Callable[..., Any], components: Mapping[str, Any]) -> Callable[..., Any]:
    """A handler of Gradio's from one that gives ``Update``s; a session that is among the components is handed back, so
    that Gradio knows that it is in use."""

    def keyed(update: Update | None, session: Any) -> dict[Any, Any]:
        given = {"session": session, **(update or {})}
        unknown = given.keys() - components.keys() - {"session"}
        if unknown:
            raise KeyError(f"The update names components that the event does not change: {sorted(unknown)}.")
        return {component: given.get(name, gr.skip()) for name, component in components.items()}

    if inspect.isasyncgenfunction(handler):

        @functools.wraps(handler)
        async def steps(session: Any, *rest: Any) -> Any:
            silent = True
            async for update in handler(session, *rest):
                silent = False
                yield keyed(update, session)
            if silent:  # Gradio would empty every component of a generator that yields nothing
                yield keyed(None, session)

        steps.__name__ = f"on_{handler.__name__}"
        return steps

    if inspect.iscoroutinefunction(handler):

        @functools.wraps(handler)
        async def later(session: Any, *rest: Any) -> dict[Any, Any]:
            return keyed(await handler(session, *rest), session)

        return later

    @functools.wraps(handler)
    def once(session: Any, *rest: Any) -> dict[Any, Any]:
        return keyed(handler(session, *rest), session)

    once.__name__ = f"on_{handler.__name__}"  # Gradio names endpoints after functions; /enhance is the public one
    return once
