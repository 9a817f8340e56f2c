"""Whether an example is kept. The score is only one of the reasons; each drop is counted under its own."""

from threatflux_training.quality.decontaminate import contaminated, grams_of
from threatflux_training.records import Example
from threatflux_training.secrets import PLACEHOLDER
from threatflux_training.settings import TextSettings


def reason_to_drop(example: Example, settings: TextSettings) -> str:
    """Why the example is left out; "" if it is kept."""
    if example.metadata.quality_score < settings.min_quality:
        return "low_quality"
    if settings.secrets == "drop" and any(PLACEHOLDER.search(one.content) for one in example.messages):
        return "secret"
    if settings.decontaminate and contaminated(example.messages, grams_of(settings.decontaminate)):
        return "benchmark"
    return ""
