"""The arguments of ``archive``, apart from its work: reading them imports nothing heavy."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path


def add(commands: argparse._SubParsersAction, add_how: Callable[[argparse.ArgumentParser], None]) -> None:
    """``add_how`` adds model, detail and the like, as for ``enhance``."""
    parser = commands.add_parser(
        "archive",
        help="enhance a whole archive of photographs, in several processes, and go on where it was stopped",
        description="Write a four times larger PNG below TARGET for each photograph below SOURCE, in the same folders; "
        "content decides what is a photograph. A manifest in "
        "TARGET keeps what was made, so that the same command makes only what is new or changed.",
        epilog="archive status TARGET says how far it is. Exit codes: 0, 1 where photographs failed (a line each on "
        "stderr), 2 where nothing could start, 130 where it was stopped. Needs requirements-archive.txt.",
    )
    parser.add_argument("source", metavar="SOURCE", help='photographs in any depth of folders; or the word "status"')
    parser.add_argument("of", nargs="?", metavar="TARGET", help='after "status": the target that is asked about')
    parser.add_argument("-o", "--output", metavar="TARGET", help="where the results go, apart from SOURCE")
    add_how(parser)
    parser.add_argument("--workers", type=_count, metavar="N",
                        help="processes on this machine (default: as many as are fastest with the first photographs; "
                        "one on a GPU)")  # fmt: skip
    parser.add_argument("--ray", metavar="ADDRESS",
                        help="run on the Ray cluster there, as in host:6379, with N actors (default: as many as it "
                        "has cores); needs requirements-cluster.txt")  # fmt: skip
    parser.add_argument("--shards", type=_count, metavar="MB",
                        help="put the results into tar shards of MB each, as WebDataset reads them")  # fmt: skip
    parser.add_argument("--log", type=Path, metavar="FILE", help="add a line of JSON for each photograph")
    parser.add_argument("--retry", action="store_true", help="try again what failed and has not changed since")


def _count(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if not 1 <= value <= 1024:
        raise argparse.ArgumentTypeError(f"give a whole number from 1 to 1024, not {text!r}.")
    return value


def run(options: argparse.Namespace) -> int:
    """Run what `add` read; gives the exit code. CommandError where nothing can start."""
    from cf_esrt.archive import command
    from cf_esrt.archive.errors import ArchiveError

    if options.source == "status" and options.of is not None:
        return command.status(options.of)
    if options.of is not None or options.output is None:
        raise ArchiveError("Give SOURCE and -o TARGET, or the word status and a TARGET.")
    settings = command.settings_of(
        options.model,
        options.detail,
        options.device,
        options.tile,
        options.engine,
        self_ensemble=options.self_ensemble,
    )
    return command.archive(
        command.Options(
            options.source,
            options.output,
            settings,
            workers=options.workers,
            ray=options.ray,
            log=options.log,
            retry=options.retry,
            shards=options.shards,
        )
    )
