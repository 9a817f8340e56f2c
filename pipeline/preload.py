"""What every local worker needs, loaded when this module is imported: by the server that workers are forked from.

Code, catalogue and vocabulary are then pages that all workers share, and a worker is there at once.
"""

import gc

import apache_beam.runners.worker.sdk_worker_main  # noqa: F401

import transforms.expand
import transforms.finish
import transforms.group
import transforms.index
import transforms.write  # noqa: F401
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.settings import TextSettings
from threatflux_training.tokens import encoding

load_catalogue(TextSettings().catalogue)
encoding(TextSettings().encoding)
gc.freeze()
gc.enable()
