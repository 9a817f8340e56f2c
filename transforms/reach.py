"""Whether the places that a job names can be used at all, asked once and without long retries, before anything starts."""

from collections.abc import Callable, Iterable
from importlib.util import find_spec

from apache_beam.io.filesystem import FileSystem
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import HadoopFileSystemOptions

from transforms.clients import client_options, s3_client

_PATIENCE = 10.0
"""Seconds of retries."""
PACKAGE = "threatflux-training-pipeline"
_NEEDS = {"gs": ("google.cloud.storage", "gcp"), "s3": ("boto3", "aws"), "hdfs": ("hdfs", "hadoop")}
"""Scheme: the module without which it cannot be read, and the extra that installs it."""


def problems(urls: Iterable[str]) -> list[str]:
    """What is wrong with the buckets and servers of some URLs, with the remedy; each place is asked once."""
    found: list[str] = []
    for scheme, place in sorted({(url.partition("://")[0], url.partition("://")[2].split("/")[0]) for url in urls}):
        problem = _missing(scheme) or (_CHECKS[scheme](place) if scheme in _CHECKS else "")
        found += [f"{scheme}://{place}: {problem}"] if problem else []
    return found


def _missing(scheme: str) -> str:
    """What has to be installed for a scheme, or that nobody knows it."""
    if scheme in _NEEDS:
        module, extra = _NEEDS[scheme]
        return "" if _is_there(module) else f'its client is not installed: pip install "{PACKAGE}[{extra}]"'
    known = {one.scheme() for one in FileSystem.get_all_subclasses()}
    return "" if scheme in known else f"no such file system; use {', '.join(f'{one}://' for one in _NEEDS)} or a folder"


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _s3(bucket: str) -> str:
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        s3_client().list_objects_v2(Bucket=bucket, MaxKeys=1)
    except NoCredentialsError:
        return "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run `aws configure`"
    except ClientError as error:
        return _answer(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode"), str(error))
    except BotoCoreError as error:
        return f"cannot be reached: {error}; is the region (AWS_DEFAULT_REGION) or --s3_endpoint_url right?"
    return ""


def _gs(bucket: str) -> str:
    import google.auth
    from apache_beam.io.gcp.gcsio import create_storage_client
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud.storage.retry import DEFAULT_RETRY

    try:
        google.auth.default()
        anonymous = False
    except GoogleAuthError:
        anonymous = True
    hint = "; no credentials were found: run `gcloud auth application-default login`" if anonymous else ""
    try:
        client = create_storage_client(client_options(), use_credentials=not anonymous)
        next(iter(client.list_blobs(bucket, max_results=1, retry=DEFAULT_RETRY.with_timeout(_PATIENCE))), None)
    except GoogleAPIError as error:
        return _answer(getattr(error, "code", None), str(error)) + hint
    except (GoogleAuthError, OSError) as error:
        return f"cannot be reached: {error}{hint}"
    return ""


def _answer(code: int | None, text: str) -> str:
    if code == 404:
        return "no such bucket: create it, or name another one"
    if code in (401, 403):
        return f"the credentials in use may not list it: {text}"
    return f"does not answer as it should: {text}"


def _hdfs(place: str) -> str:
    given = client_options().view_as(HadoopFileSystemOptions)
    unset = [name for name in ("hdfs_host", "hdfs_port", "hdfs_user") if getattr(given, name) is None]
    if unset:
        return f"give {', '.join(f'--{name}' for name in unset)} (host and port are those of WebHDFS)"
    try:
        FileSystems.exists(f"hdfs://{place}/")
    except OSError as error:
        return f"cannot be reached: {error}; WebHDFS has to be switched on, at --hdfs_host and --hdfs_port"
    return ""


_CHECKS: dict[str, Callable[[str], str]] = {"gs": _gs, "s3": _s3, "hdfs": _hdfs}
