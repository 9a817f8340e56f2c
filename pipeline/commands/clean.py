"""Removing what a dataset's runs keep for later runs."""

from pipeline.locations import STAGING, storage_for
from threatflux_training.dataset.storage import join


def clean(dataset: str) -> int:
    """Remove the staging of a complete dataset; 1 if there is none, 2 if the dataset is not complete."""
    storage, staging = storage_for([dataset]), join(dataset, STAGING)
    kept = storage.walk(staging)
    if not kept:
        print(f"{dataset} keeps nothing")
        return 1
    if not storage.exists(join(dataset, "COMPLETED")):
        print(f"{dataset} is not complete: what is staged is needed to go on; remove the folder itself to give it up")
        return 2
    storage.remove_folder(staging)
    size = sum(found.size for found in kept)
    print(f"removed {size / 1e6:,.1f} MB; the next run with --existing=extend makes all examples anew")
    return 0
