"""Runs our programs in processes of their own, and reads the JSON that they say."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from threading import Timer
from typing import Any

from benchmarks.measures import CannotMeasure

PATIENCE_S = 3600
PYTHON = sys.executable  # tests put another one here, which is quicker to start


def run(*arguments: str, environment: Mapping[str, str] | None = None) -> Any:
    """Run this Python with the arguments; return the JSON in its last line.

    Byte code is written, as on any person's machine, so that a second start is a usual one.
    Raises CannotMeasure with its last words if it fails.
    """
    done = subprocess.run(
        [PYTHON, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env=_variables(environment),
        check=False,
    )
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        raise CannotMeasure(_ended(arguments, done.returncode, done.stderr))
    return json.loads(lines[-1])


class Served:
    """A program that stays, warm, and answers each line of JSON with one: see `answer_lines`."""

    def __init__(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        """Start it, in a folder."""
        self._arguments = arguments
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed below
        self._process = subprocess.Popen(
            [PYTHON, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=_variables(environment),
            cwd=folder,
        )

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def ask(self, question: Any) -> Any:
        """Return its answer. Raises CannotMeasure with its last words if it ended over it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        alarm = Timer(PATIENCE_S, self._process.kill)
        alarm.start()
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            alarm.cancel()
        if not line:
            code = self._process.wait()
            self._errors.seek(0)
            raise CannotMeasure(_ended(self._arguments, code, self._errors.read()))
        return json.loads(line)

    def close(self) -> None:
        """Let it end: it has nothing more to read."""
        self._process.communicate()
        self._errors.close()

    @property
    def ended(self) -> bool:
        """Whether it answers no more."""
        return self._process.poll() is not None


def answer_lines(answer: Any) -> None:
    """Answer each line of JSON that comes in; what others print goes to the errors meanwhile."""
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        answers.write(json.dumps(answer(json.loads(line))) + "\n")
        answers.flush()


def _variables(more: Mapping[str, str] | None) -> dict[str, str]:
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return variables | {"HF_HUB_OFFLINE": "1"} | dict(more or {})


def _ended(arguments: tuple[str, ...], code: int, errors: str) -> str:
    last = " | ".join(errors.strip().splitlines()[-3:])
    return f"{' '.join(arguments[:2])} ended with {code}: {last}"
