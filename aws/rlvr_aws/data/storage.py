"""Training data in S3: download it for a check, and upload it once it is correct."""

from __future__ import annotations

import base64
import hashlib
import re
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from rlvr_aws.account import service_model
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.plan import Step
from rlvr_aws.account.session import Aws
from rlvr_aws.data.rules import TARGETS, TargetName

# Without the permission to list the bucket, S3 answers "forbidden" for an object that does not exist.
CALLS: tuple[str, ...] = ("s3:GetObject", "s3:ListBucket", "s3:PutObject")

CONTENT_TYPE = "application/jsonl"
_DIGEST_NAME = "rlvr-sha256"
_CHUNK_BYTES = 1 << 20
_ADDRESS = re.compile("s3://(?P<bucket>[^/\ud800-\udfff]+)/(?P<key>[^\ud800-\udfff]+)")  # S3's keys are UTF-8


class Address(msgspec.Struct, frozen=True):
    """The address of an object."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of S3's calls that name the object."""
        return {"Bucket": self.bucket, "Key": self.key}


def address_of(text: str) -> Address:
    """Return the parts of ``s3://bucket/key``.

    Raises:
        DeploymentError: The text does not name an object.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise DeploymentError(text, "does not name an object", "write s3://BUCKET/KEY")
    return Address(found["bucket"], found["key"])


def destination_of(text: str) -> Address:
    """Return the address to upload training data to, checked against the platforms' rules for such addresses.

    Bedrock's rules are the strictest and come from the installed service model; SageMaker reads the format from the
    suffix.

    Raises:
        DeploymentError: A platform would refuse the address.
    """
    address = address_of(text)
    rules = service_model.limits("bedrock", "CreateModelCustomizationJob", "trainingDataConfig.s3Uri")
    if len(text) > rules["max"]:
        raise DeploymentError(text[:80] + "…", f"is longer than {rules['max']} characters", "choose a shorter key")
    if re.fullmatch(rules["pattern"], text) is None:
        raise DeploymentError(text, f"does not fit {rules['pattern']}", "choose a plain key, such as data/train.jsonl")
    if not address.key.endswith(".jsonl"):
        raise DeploymentError(text, "does not end with .jsonl", "end the key with .jsonl")
    return address


@contextmanager
def downloaded_file(aws: Aws, address: Address, target: TargetName) -> Iterator[Path]:
    """Download an object, and yield the path of a file that is removed afterwards.

    Raises:
        AwsError: The object cannot be read.
        DeploymentError: The object does not exist, or is larger than the target's limit.
    """
    limit = TARGETS[target].limit_bytes
    answer = aws.find("s3", "get_object", **address.parameters)
    if answer is None:
        raise DeploymentError(str(address), "does not exist", "check the address, --region and --profile")
    size = answer["ContentLength"]
    if size > limit:
        answer["Body"].close()
        raise DeploymentError(str(address), f"has {size} bytes; at most {limit} are accepted", "split it")
    with tempfile.TemporaryDirectory(prefix="rlvr-") as folder:
        path = Path(folder, "data.jsonl")
        with path.open("wb") as file:
            _copy(aws, answer["Body"], file)
        yield path


def _copy(aws: Aws, body: Any, file: BinaryIO) -> None:
    """Write a streamed object, which may not fit in memory; botocore checks its announced length."""
    with aws.translate_errors("s3:GetObject"), closing(body):
        file.writelines(body.iter_chunks(_CHUNK_BYTES))


def put_parameters(path: Path, address: Address) -> dict[str, Any]:
    """Return the request of an upload without its body; S3 refuses a body with another checksum."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    checksum = base64.b64encode(digest.digest()).decode()
    metadata = {_DIGEST_NAME: digest.hexdigest()}
    return {**address.parameters, "ContentType": CONTENT_TYPE, "ChecksumSHA256": checksum, "Metadata": metadata}


def object_step(aws: Aws, path: Path, address: Address) -> Step:
    """Return the step that uploads a file to S3; it keeps an object that was uploaded with the same bytes.

    Raises:
        AwsError: A call to S3 failed.
        DeploymentError: The bucket does not exist.
    """
    if aws.find("s3", "head_bucket", Bucket=address.bucket) is None:
        raise DeploymentError(
            f"s3://{address.bucket}", "this bucket does not exist", "create it in the region of the job"
        )
    parameters, size = put_parameters(path, address), path.stat().st_size
    there = aws.find("s3", "head_object", **address.parameters)
    wanted = parameters["Metadata"][_DIGEST_NAME]
    description = f"{size} bytes, sha256 {wanted[:12]}…"

    def put() -> None:
        with path.open("rb") as file:
            aws.call("s3", "put_object", Body=file, **parameters)

    if there is None:
        return Step(kind="object", name=str(address), action="create", changes=(description,), apply=put)
    same = there.get("Metadata", {}).get(_DIGEST_NAME) == wanted and there["ContentLength"] == size
    if same:
        return Step(kind="object", name=str(address), action="keep")
    changes = (f"{there['ContentLength']} bytes -> {description}",)
    return Step(kind="object", name=str(address), action="update", changes=changes, apply=put)
