"""From the name of a runner to what runs the job."""

from collections.abc import Callable

from pipeline.progress import Display
from pipeline.settings import Settings


def run(settings: Settings, input_bytes: int, show: Callable[[str], None], display: Display) -> int:
    """Run the job on the chosen runner; its exit status, 130 when interrupted. `show` gets lines for people.

    SUBMITTED (of `pipeline.runners.dataflow`) where the job goes on by itself.

    Raises SettingsError where the runner cannot take the job as it is.
    """
    if settings.runner == "DataflowRunner":
        from pipeline.runners.dataflow import run_dataflow

        return run_dataflow(settings, input_bytes, show, display)
    if settings.runner in ("FlinkRunner", "PrismRunner"):
        from pipeline.runners.portable import run_portable

        return run_portable(settings, input_bytes, show, display)
    from pipeline.runners.local import run_local

    return run_local(settings, input_bytes, show, display)
