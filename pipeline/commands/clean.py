"""Removing what a dataset's runs keep for later runs."""

import shutil
from pathlib import Path


def clean(dataset: str) -> int:
    """Remove the staging of a complete dataset; 1 if there is none, 2 if the dataset is not complete."""
    folder = Path(dataset)
    staging = folder / ".staging"
    if not staging.is_dir():
        print(f"{folder} keeps nothing")
        return 1
    if not (folder / "COMPLETED").is_file():
        print(f"{folder} is not complete: what is staged is needed to go on; remove the folder itself to give it up")
        return 2
    size = sum(path.stat().st_size for path in staging.rglob("*") if path.is_file())
    shutil.rmtree(staging)
    print(f"removed {size / 1e6:,.1f} MB; the next run with --existing=extend makes all examples anew")
    return 0
