"""The job on Dataflow."""

from collections.abc import Callable, Sequence

from pipeline.settings import Settings
from threatflux_training.errors import SettingsError


def run_dataflow(settings: Settings, beam_options: Sequence[str], show: Callable[[str], None]) -> int:
    """Launch the job; its exit status. `beam_options` are Beam's own, as given; `show` gets lines for people.

    Raises SettingsError.
    """
    raise SettingsError(
        [("runner", settings.runner, "this version cannot launch it: choose DirectRunner or FlinkRunner")]
    )
