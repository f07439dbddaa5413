"""The one way to AWS: an account and a region, calls by name, and errors that tell the next step.

No credential ever leaves this module: what AWS says of a failed call is told without them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rlvr_aws.account.errors import AwsError, DeploymentError

_PERMISSION_CODES = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden", "403"}
_CREDENTIAL_CODES = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_QUOTA_CODES = {
    "CodeStorageExceededException",
    "LimitExceeded",
    "LimitExceededException",
    "ResourceLimitExceeded",
    "ServiceQuotaExceededException",
    "TooManyEntitiesException",
}
_THROTTLE_CODES = {"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"}
# What is told to the slower of two that change the same things at once.
_CONFLICT_CODES = {
    "ConcurrentModification",
    "ConcurrentModificationException",
    "ConflictException",
    "EntityAlreadyExists",
    "OperationAborted",
    "ResourceAlreadyExistsException",
    "ResourceConflictException",
}

_ABSENT_CODES = {
    "404",
    "NoSuchBucket",
    "NoSuchEntity",
    "NoSuchKey",
    "NotFound",
    "ParameterNotFound",
    "ResourceNotFound",
    "ResourceNotFoundException",
}
# SageMaker has no one code for what is not there.
_VAGUE_CODES = {"ValidationError", "ValidationException"}
_ABSENT_WORDS = ("not found", "does not exist", "could not find", "cannot be found")

_NAME_AND_PASSWORD = re.compile(r"//[^/@\s]+@")

# IAM's names for calls whose permission is called otherwise than the operation.
# https://docs.aws.amazon.com/service-authorization/latest/reference/
_PERMISSIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "appconfigdata:StartConfigurationSession": "appconfig:StartConfigurationSession",
    "appconfigdata:GetLatestConfiguration": "appconfig:GetLatestConfiguration",
}


class Aws:
    """An account in a region, as the usual configuration names them; nothing is asked of AWS until a call is made.

    ``AWS_ENDPOINT_URL`` and its like are heeded, so that a local emulator can stand in.
    """

    def __init__(self, *, region: str | None = None, profile: str | None = None) -> None:
        self._region = region
        self._profile = profile
        self._made: Any = None
        self._clients: dict[str, Any] = {}
        self._identity: Mapping[str, str] | None = None

    @property
    def region(self) -> str:
        """The region.

        Raises:
            AwsError: None is configured.
        """
        region = self._session.region_name
        if not region:
            raise AwsError("", "no region is chosen", "give --region, or set AWS_REGION or the profile's region")
        return str(region)

    @property
    def account(self) -> str:
        """The number of the account, asked once."""
        return self._caller()["Account"]

    @property
    def partition(self) -> str:
        """The partition of the region's addresses: ``aws``, ``aws-cn``, ``aws-us-gov``."""
        with self.told(""):
            return str(self._session.get_partition_for_region(self.region))

    def client(self, service: str) -> Any:
        """Return the service's client, made once; how often it tries again, the usual configuration says."""
        if service not in self._clients:
            from botocore.config import Config

            config = Config(user_agent_extra="rlvr")
            try:
                with self.told(""):
                    self._clients[service] = self._session.client(service, region_name=self.region, config=config)
            except ValueError as error:  # a number or an address that is none
                raise AwsError("", self._words(error), "check the configuration of AWS on this machine") from None
        return self._clients[service]

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Make one call, such as ``call("lambda", "get_function", FunctionName=name)``.

        Raises:
            AwsError: It failed; the error names the permission that the call needs, and the next step.
        """
        client = self.client(service)
        with self.told(permission(service, client.meta.method_to_api_mapping[operation])):
            answer: dict[str, Any] = getattr(client, operation)(**parameters)
        return answer

    def found(self, service: str, operation: str, **parameters: Any) -> dict[str, Any] | None:
        """Make one call; None if what it names is not there, in any of the services' words for that."""
        try:
            return self.call(service, operation, **parameters)
        except AwsError as error:
            if error.code in _ABSENT_CODES:
                return None
            if error.code in _VAGUE_CODES and any(words in error.problem.lower() for words in _ABSENT_WORDS):
                return None
            raise

    def fetched(self, bucket: str, key: str, limit_bytes: int) -> bytes:
        """Fetch an object of S3.

        Raises:
            AwsError: It cannot be fetched.
            DeploymentError: It is larger than the limit.
        """
        answer = self.call("s3", "get_object", Bucket=bucket, Key=key)
        with self.told("s3:GetObject"), answer["Body"] as body:  # the body comes after the call
            content: bytes = body.read(limit_bytes + 1)
        if len(content) > limit_bytes:
            raise DeploymentError(f"s3://{bucket}/{key}", f"has more than {limit_bytes} bytes", "look at it by hand")
        return content

    def pages(self, service: str, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Walk the pages of a listing."""
        client = self.client(service)
        with self.told(permission(service, client.meta.method_to_api_mapping[operation])):
            yield from client.get_paginator(operation).paginate(**parameters)

    def wait(self, service: str, waiter: str, permission_needed: str, **parameters: Any) -> None:
        """Wait until AWS says that a thing is as the waiter wants it."""
        with self.told(permission_needed):
            self.client(service).get_waiter(waiter).wait(**parameters)

    def harmless(self, text: str) -> str:
        """Return text without this session's credentials, which AWS quotes in some errors, and without an address's."""
        text = without_passwords(text)
        try:
            credentials = self._session.get_credentials()
            frozen = None if credentials is None else credentials.get_frozen_credentials()
        except Exception:  # noqa: BLE001  # whatever is wrong with them, they are then not in the text either
            frozen = None
        for secret in (frozen.secret_key, frozen.token, frozen.access_key) if frozen else ():
            if secret:
                text = text.replace(secret, "***").replace(repr(secret)[1:-1], "***")
        return text

    @property
    def _session(self) -> Any:
        if self._made is None:
            with self.told(""):
                import boto3

                self._made = boto3.Session(profile_name=self._profile, region_name=self._region)
        return self._made

    def _caller(self) -> Mapping[str, str]:
        if self._identity is None:
            self._identity = self.call("sts", "get_caller_identity")
        return self._identity

    @contextmanager
    def told(self, call: str) -> Iterator[None]:
        """Turn what botocore raises into an error that tells the next step.

        Args:
            call: The permission that is needed meanwhile; "" for none.
        """
        from botocore import exceptions

        try:
            yield
        except exceptions.ClientError as error:
            raise self._refused(call, error) from None
        except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
            hint = "run `aws configure sso` or `aws configure`, or name a profile with --profile or AWS_PROFILE"
            raise AwsError(call, f"there are no credentials: {self._words(error)}", hint) from None
        except (exceptions.ProfileNotFound, exceptions.ConfigParseError) as error:
            raise AwsError(call, self._words(error), "`aws configure list-profiles` lists the profiles") from None
        except (exceptions.TokenRetrievalError, exceptions.SSOError, exceptions.CredentialRetrievalError) as error:
            raise AwsError(call, self._words(error), "sign in again: `aws sso login`") from None
        except (exceptions.ParamValidationError, exceptions.UnknownServiceError) as error:
            raise AwsError(call, self._words(error), "a newer boto3 may know it: pip install -U boto3") from None
        except exceptions.WaiterError as error:
            raise AwsError(call, self._words(error), "look at its state in the console, and run it again") from None
        except (exceptions.ConnectionError, exceptions.HTTPClientError, exceptions.IncompleteReadError) as error:
            raise AwsError(call, self._words(error), "check the region, the network and AWS_ENDPOINT_URL") from None
        except exceptions.BotoCoreError as error:
            raise AwsError(call, self._words(error), "check the configuration of AWS on this machine") from None

    def _refused(self, call: str, error: Any) -> AwsError:
        told = error.response.get("Error", {})
        code = str(told.get("Code", ""))
        message = self.harmless(str(told.get("Message", "")))[:800]
        return AwsError(call, f"{code}: {message}" if message else code, _hint(code, call), code=code)

    def _words(self, error: BaseException) -> str:
        return self.harmless(str(error))[:800]


def without_passwords(text: str) -> str:
    """Return text with nothing before the hosts of the addresses in it."""
    return _NAME_AND_PASSWORD.sub("//***@", text)


def permission(service: str, operation: str) -> str:
    """Return the permission that a call needs, as IAM calls it."""
    name = f"{service}:{operation}"
    return _PERMISSIONS.get(name, name)


def _hint(code: str, call: str) -> str:
    if code in _PERMISSION_CODES:
        return f"allow {call} for these credentials; `rlvr aws policy` prints what each command needs"
    if code in _CREDENTIAL_CODES:
        return "the credentials are wrong or have expired: sign in again, `aws sso login` or `aws configure`"
    if code in _QUOTA_CODES:
        return "a quota of the account is reached: raise it in Service Quotas, or remove what is no longer used"
    if code in _THROTTLE_CODES:
        return "AWS asks for fewer calls: wait a minute and run it again"
    if code in _CONFLICT_CODES:
        return "another change is under way: wait until it is done and run it again"
    return "mend what it names, and run it again"
