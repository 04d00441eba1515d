"""What a Hugging Face Space does, on this machine, against its limits: ``make space``.

    python -m tests.space [--environment FOLDER]

A fresh environment from requirements.txt alone (``--environment``: the one that an earlier run left there), a user
without a home folder, a checkout that cannot be written, ``GRADIO_SERVER_NAME=0.0.0.0``, two cores. Started by root
the page has none of root's privileges (setpriv). Ends with 1 where a limit was missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.space.space import Space, make_environment, measure


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.space", description="What a Space does, on this machine.")
    parser.add_argument("--environment", type=Path, help="make the environment here, or take the one that is here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="space-") as folder:
        root = Path(folder)
        environment = (options.environment or root / "environment").resolve()
        if not (environment / "bin" / "python").exists():
            make_environment(environment)
        with Space(root, environment) as space:
            measurements = measure(space)
    for one in measurements:
        print(one)
    sys.exit(not all(one.met for one in measurements))


if __name__ == "__main__":
    main()
