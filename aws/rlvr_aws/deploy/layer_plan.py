"""The steps for the zips of the layer: each is published once, and recognised by its digest."""

from __future__ import annotations

from typing import Any

from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.plan import Step
from rlvr_aws.account.session import Aws
from rlvr_aws.deploy.deployment import Deployment
from rlvr_aws.layer.archive import ZIPPED_LIMIT_BYTES
from rlvr_aws.layer.build import Archive, Layer

_DIGITS = 40  # of the digest, in the layer's description


class LayerPlan:
    """The layers of a function, and the ARNs of their versions as soon as they are known."""

    def __init__(self, aws: Aws, deployment: Deployment, layer: Layer, bucket: str = "") -> None:
        self._aws = aws
        self._layer = layer
        self._bucket = bucket
        self._names = deployment.layer_names(len(layer.archives))
        self.addresses: list[str] = [""] * len(layer.archives)

    def steps(self) -> list[Step]:
        """Return the steps that publish each zip, unless a version with its bytes exists.

        Raises:
            AwsError: A call to AWS failed.
            DeploymentError: A zip is too large for a direct upload, and there is no bucket for it.
        """
        return [self._step(index, archive) for index, archive in enumerate(self._layer.archives)]

    def _step(self, index: int, archive: Archive) -> Step:
        name = self._names[index]
        description = f"rlvr {archive.digest[:_DIGITS]}"
        pages = self._aws.pages("lambda", "list_layer_versions", LayerName=name)
        versions = (each for page in pages for each in page["LayerVersions"])
        known = next((each for each in versions if each.get("Description") == description), None)
        if known is not None:
            self.addresses[index] = known["LayerVersionArn"]
            return Step(kind="layer", name=name, action="keep")
        if len(archive.content) > ZIPPED_LIMIT_BYTES and not self._bucket:
            problem = f"{len(archive.content) / 1e6:.0f} MB are too large for a direct upload"
            raise DeploymentError(f"the layer {name}", problem, "name a bucket for it, --bucket")

        def publish() -> None:
            answer = self._aws.call(
                "lambda",
                "publish_layer_version",
                LayerName=name,
                Description=description,
                Content=self._content(archive, name),
                CompatibleRuntimes=[self._layer.target.runtime],
                CompatibleArchitectures=[self._layer.target.architecture],
            )
            self.addresses[index] = answer["LayerVersionArn"]

        change = f"{len(archive.content) / 1e6:.1f} MB: {', '.join(archive.distributions)}"
        return Step(kind="layer", name=name, action="create", changes=(change,), apply=publish)

    def _content(self, archive: Archive, name: str) -> dict[str, Any]:
        """Return the content of the call: the zip, or its place in the bucket, where equal bytes are uploaded once."""
        if not self._bucket:
            return {"ZipFile": archive.content}
        key = f"rlvr/{name}/{archive.digest}.zip"
        if self._aws.find("s3", "head_object", Bucket=self._bucket, Key=key) is None:
            self._aws.call("s3", "put_object", Bucket=self._bucket, Key=key, Body=archive.content)
        return {"S3Bucket": self._bucket, "S3Key": key}
