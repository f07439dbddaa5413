"""Training data in S3: fetched to be checked, and put there once it is right."""

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
from rlvr_aws.data.rules import TARGETS

# S3 says of an object that is not there that it is forbidden, unless its bucket may be listed.
CALLS: tuple[str, ...] = ("s3:GetObject", "s3:ListBucket", "s3:PutObject")

CONTENT_TYPE = "application/jsonl"
_DIGEST_NAME = "rlvr-sha256"
_CHUNK_BYTES = 1 << 20
_ADDRESS = re.compile("s3://(?P<bucket>[^/\ud800-\udfff]+)/(?P<key>[^\ud800-\udfff]+)")  # S3's keys are UTF-8


class Address(msgspec.Struct, frozen=True):
    """The place of an object."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def parameters(self) -> dict[str, str]:
        """The place, as S3's calls take it."""
        return {"Bucket": self.bucket, "Key": self.key}


def address_of(text: str) -> Address:
    """Read ``s3://bucket/key``.

    Raises:
        DeploymentError: It names no object.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise DeploymentError(text, "names no object", "write s3://BUCKET/KEY")
    return Address(found["bucket"], found["key"])


def destination_of(text: str) -> Address:
    """Read where training data is to be put, held against the rules for the addresses of training data.

    Bedrock's are the strictest, and taken from the installed service model; SageMaker knows the format by the ending.

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
def fetched(aws: Aws, address: Address, target: str) -> Iterator[Path]:
    """Give an object as a file, which is removed afterwards.

    Raises:
        AwsError: It cannot be fetched.
        DeploymentError: It is not there, or larger than what is taken for the target.
    """
    limit = TARGETS[target].limit_bytes
    answer = aws.find("s3", "get_object", **address.parameters)
    if answer is None:
        raise DeploymentError(str(address), "is not there", "check the address, --region and --profile")
    size = answer["ContentLength"]
    if size > limit:
        answer["Body"].close()
        raise DeploymentError(str(address), f"holds {size} bytes; at most {limit} are taken", "split it")
    with tempfile.TemporaryDirectory(prefix="rlvr-") as folder:
        path = Path(folder, "data.jsonl")
        with path.open("wb") as file:
            _copy(aws, answer["Body"], file)
        yield path


def _copy(aws: Aws, body: Any, file: BinaryIO) -> None:
    """Write what S3 streams, which may not fit in memory; botocore ends it at the length that was told."""
    with aws.translate_errors("s3:GetObject"), closing(body):
        file.writelines(body.iter_chunks(_CHUNK_BYTES))


def put_parameters(path: Path, address: Address) -> dict[str, Any]:
    """Return what is put, without its body; S3 refuses other bytes than those that were read for it."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    checksum = base64.b64encode(digest.digest()).decode()
    metadata = {_DIGEST_NAME: digest.hexdigest()}
    return {**address.parameters, "ContentType": CONTENT_TYPE, "ChecksumSHA256": checksum, "Metadata": metadata}


def object_step(aws: Aws, path: Path, address: Address) -> Step:
    """Plan to put a file in S3; kept, if the object that is there was put with the same bytes.

    Raises:
        AwsError: S3 does not tell what is there.
        DeploymentError: There is no such bucket.
    """
    if aws.find("s3", "head_bucket", Bucket=address.bucket) is None:
        raise DeploymentError(f"s3://{address.bucket}", "there is no such bucket", "create it in the region of the job")
    parameters, size = put_parameters(path, address), path.stat().st_size
    there = aws.find("s3", "head_object", **address.parameters)
    wanted = parameters["Metadata"][_DIGEST_NAME]
    told = f"{size} bytes, sha256 {wanted[:12]}…"

    def put() -> None:
        with path.open("rb") as file:
            aws.call("s3", "put_object", Body=file, **parameters)

    if there is None:
        return Step(kind="object", name=str(address), action="create", changes=(told,), apply=put)
    same = there.get("Metadata", {}).get(_DIGEST_NAME) == wanted and there["ContentLength"] == size
    if same:
        return Step(kind="object", name=str(address), action="keep")
    changes = (f"{there['ContentLength']} bytes -> {told}",)
    return Step(kind="object", name=str(address), action="update", changes=changes, apply=put)
