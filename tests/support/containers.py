"""Docker or Podman, for the tests that need one: whichever runs here.

Where neither does, such a test says so and is skipped, unless OBS_ENGINE names one: then it fails.
"""

import functools
import os
import shutil
import subprocess

BASE = "docker.io/library/debian:bookworm-slim"


def call(*command, timeout=300, **options):
    """Runs `command` and returns its output. Fails, with all that it said, if it does."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout,
                            check=False, **options)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


@functools.lru_cache(maxsize=None)
def engine():
    """The engine's name, or None."""
    wanted = os.environ.get("OBS_ENGINE")
    for name in [wanted] if wanted else ["docker", "podman"]:
        if shutil.which(name):
            try:
                call(name, "run", "--rm", BASE, "true")
                return name
            except (AssertionError, subprocess.TimeoutExpired) as error:
                print(f"{name} does not run containers here: {error}")
    if wanted:
        raise AssertionError(f"OBS_ENGINE is {wanted}, which does not run containers here")
    return None


@functools.lru_cache(maxsize=None)
def compose():
    """The words of the engine's compose command."""
    for words in ([engine(), "compose"], [f"{engine()}-compose"]):
        if shutil.which(words[0]) and subprocess.run([*words, "version"], capture_output=True, check=False).returncode == 0:
            return words
    raise AssertionError(f"{engine()} has no compose command")


WHY_SKIPPED = "neither docker nor podman runs containers here"
