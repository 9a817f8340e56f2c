"""What the launcher of the flex template runs: the job's parameters come as `--name=value`, and nobody waits for the job.

Dataflow passes the parameters of the template and options of its own. Those of ours that may be given several times come
as one text with commas.
"""

import os
import sys
from collections.abc import Iterator, Sequence

from pipeline.cli import job
from pipeline.option_table import OPTIONS

MANY = {option.name for option in OPTIONS if option.many}


def arguments(given: Sequence[str]) -> Iterator[str]:
    """The arguments of the job."""
    names = {one.partition("=")[0].removeprefix("--") for one in given}
    for one in given:
        name, _, value = one.removeprefix("--").partition("=")
        if name in MANY:
            yield from (f"--{name}={part}" for part in value.split(",") if part)
        elif name != "runner":
            yield one
    yield "--runner=DataflowRunner"
    if image := os.environ.get("SDK_CONTAINER_IMAGE", ""):
        # The workers run in the image of the launcher, which holds the program.
        yield from () if "sdk_container_image" in names else (f"--sdk_container_image={image}",)
    yield from () if "no_wait_until_finish" in names else ("--no_wait_until_finish",)


if __name__ == "__main__":
    sys.exit(job(list(arguments(sys.argv[1:]))))
