"""What Dataflow is told of the job as a flex template: `python -m pipeline.template [IMAGE]`.

Without an image the metadata, as it stands in templates/dataflow/metadata.json; with one the whole specification, which
lies in a bucket and is what a job is started from.
"""

import json
import sys
from typing import Any

from pipeline.option_table import OPTIONS, Option

LEFT_OUT = ("runner",)
"""Options that a template decides itself."""
_PLACE = r"^(gs|s3|hdfs)://.+$"
_REGEXES = {
    "input": r"^(gs|s3|hdfs)://[^,]+(,(gs|s3|hdfs)://[^,]+)*$",
    "output": _PLACE,
    "staging": _PLACE,
    "name": r"^[^./][^/]*$",
    "max_rejected": r"^[0-9]+(\.[0-9]+)?%?$",
    "negative_ratio": r"^(off|0(\.[0-9]+)?)$",
    "memory_limit": r"^[0-9]+(\.[0-9]+)?[KMGkmg]?$",
    "splits": r"^[A-Za-z_]\w*=[0-9.]+( *, *[A-Za-z_]\w*=[0-9.]+)*$",
    "bars": r"^[\w.]+=[0-9.eE+-]+( *, *[\w.]+=[0-9.eE+-]+)*$",
    "decontaminate": r"^[^,]+(,[^,]+)*$",
}
_KINDS = {int: r"^[0-9]+$", float: r"^[0-9]+(\.[0-9]+)?$"}


def metadata() -> dict[str, Any]:
    """Name, description and every option as a parameter."""
    return {
        "name": "Fine-tuning datasets from file-scanner reports",
        "description": "Turns file-scanner reports into a fine-tuning dataset in which every statement is found in a report.",
        "parameters": [_parameter(one) for one in OPTIONS if one.name not in LEFT_OUT],
    }


def _parameter(option: Option) -> dict[str, Any]:
    several = "; several are separated by commas" if option.many else ""
    found: dict[str, Any] = {
        "name": option.name,
        "label": option.name.replace("_", " ").capitalize(),
        "helpText": option.help.replace("%%", "%") + several,
        "isOptional": option.default is not None,
        "paramType": "ENUM" if option.choices else "NUMBER" if option.kind in _KINDS else "TEXT",
        "regexes": [f"^({'|'.join(option.choices)})$" if option.choices else _REGEXES.get(option.name, _KINDS.get(option.kind, "^.*$"))],
    }  # fmt: skip
    if option.choices:
        found["enumOptions"] = [{"value": one, "label": one} for one in option.choices]
    if option.default not in (None, "", []):
        found["defaultValue"] = str(option.default)
    return found


def specification(image: str) -> dict[str, Any]:
    """The file from which Dataflow starts a job."""
    return {"image": image, "sdkInfo": {"language": "PYTHON"}, "metadata": metadata()}


if __name__ == "__main__":
    print(json.dumps(specification(sys.argv[1]) if len(sys.argv) > 1 else metadata(), indent=2))
