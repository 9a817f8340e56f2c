"""Beam's clients of object stores, made to fit many small reads: one S3 client for a process, buffers no bigger than asked."""

import threading
from typing import Any, BinaryIO, cast

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.options.value_provider import RuntimeValueProvider

try:
    from apache_beam.io.gcp import gcsio
except ImportError:
    gcsio = None
try:
    from apache_beam.io.aws import s3io
    from apache_beam.io.aws.clients.s3 import boto3_client
except ImportError:
    s3io = boto3_client = None

_BUFFER = 4 << 20
"""Bytes read ahead where nothing is known; Beam's own 16 MB are taken anew for every file that is opened."""
_LEAST = 1 << 16

_made: dict[str, Any] = {}
_making = threading.Lock()


def opened(path: str, expected: int) -> BinaryIO:
    """An object open for reading, as it is stored; a read fetches little more than `expected` bytes (0: unknown)."""
    scheme, size = FileSystems.get_scheme(path), max(expected, _LEAST) if expected else _BUFFER
    if scheme == "gs" and gcsio:
        client = gcsio.GcsIO(pipeline_options=client_options())
        return cast(BinaryIO, client.open(path, "rb", read_buffer_size=size))
    if scheme == "s3" and s3io and s3io.BOTO3_INSTALLED:
        return cast(BinaryIO, s3io.S3IO(options=client_options()).open(path, "rb", read_buffer_size=size))
    return cast(BinaryIO, FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED))


def client_options() -> Any:
    """Beam's options for the file systems of this process: those of the submitter, else those that came to a worker."""
    return FileSystems._pipeline_options or RuntimeValueProvider.runtime_options


def s3_client() -> Any:
    """The boto3 client that all S3 operations use."""
    share_clients()
    return boto3_client.Client(options=client_options()).client


def share_clients() -> None:
    """From now on all S3 operations with the same options use one client.

    Beam 2.77 makes a session and a client for each operation, which takes 90 ms of reading service descriptions.
    """
    if boto3_client and boto3_client.boto3 and boto3_client.Client is not _SharedClient:
        boto3_client.Client = _SharedClient


if boto3_client:

    class _SharedClient(boto3_client.Client):
        """Beam's client with its own state of a download, around a boto3 client that is safe to share."""

        def __init__(self, options: Any) -> None:
            key = _key(options)
            with _making:
                if key not in _made:
                    super().__init__(options)
                    _made[key] = self.client
            self.client: Any = _made[key]
            self._download_request = None
            self._download_stream = None
            self._download_pos = 0


def _key(options: Any) -> str:
    """The options that make a client."""
    values = options.get_all_options() if isinstance(options, PipelineOptions) else dict(options)
    return repr(sorted((name, str(value)) for name, value in values.items() if name.startswith("s3_")))
