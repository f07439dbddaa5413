"""All calls to AWS: an account in a region, calls by name, and errors that name the next step.

No credential leaves this module: they are removed from the messages of failed calls.
"""

from __future__ import annotations

import os
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
# AWS's answers to the slower of two processes that change the same thing at the same time.
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
# SageMaker has no single code for an absent resource.
_VAGUE_CODES = {"ValidationError", "ValidationException"}
_ABSENT_WORDS = ("not found", "does not exist", "could not find", "cannot be found")

_NAME_AND_PASSWORD = re.compile(r"//[^/@\s]+@")

# IAM's names for calls whose permission is not named like the operation.
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
    """An account in a region, by the usual configuration of AWS; nothing is sent before the first call.

    ``AWS_ENDPOINT_URL`` and its variants are honoured, so that a local emulator can take the place of AWS.
    """

    def __init__(self, *, region: str | None = None, profile: str | None = None) -> None:
        self._region = region
        self._profile = profile
        self._boto_session: Any = None
        self._clients: dict[str, Any] = {}
        self._identity: Mapping[str, str] | None = None

    @property
    def region(self) -> str:
        """The region.

        Raises:
            AwsError: No region is configured.
        """
        region = self._session.region_name
        if not region:
            raise AwsError("", "no region is chosen", "give --region, or set AWS_REGION or the profile's region")
        return str(region)

    @property
    def account(self) -> str:
        """The number of the account; it is requested once."""
        return self._caller()["Account"]

    @property
    def partition(self) -> str:
        """The partition of the region's addresses: ``aws``, ``aws-cn``, ``aws-us-gov``."""
        with self.translate_errors(""):
            return str(self._session.get_partition_for_region(self.region))

    def client(self, service: str) -> Any:
        """Return the service's client, created once; the usual configuration decides how often it retries."""
        if service not in self._clients:
            from botocore.config import Config

            config = Config(user_agent_extra="rlvr")
            try:
                with self.translate_errors(""):
                    self._clients[service] = self._session.client(service, region_name=self.region, config=config)
            except ValueError as error:  # a wrong number or address in the configuration
                raise AwsError("", self._words(error), "check the configuration of AWS on this machine") from None
        return self._clients[service]

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Make one call, such as ``call("lambda", "get_function", FunctionName=name)``.

        Raises:
            AwsError: The call failed; the error names the permission that it needs, and the next step.
        """
        client = self.client(service)
        with self.translate_errors(permission(service, client.meta.method_to_api_mapping[operation])):
            answer: dict[str, Any] = getattr(client, operation)(**parameters)
        return answer

    def find(self, service: str, operation: str, **parameters: Any) -> dict[str, Any] | None:
        """Make one call; return None if the resource does not exist, whichever way the service says so."""
        try:
            return self.call(service, operation, **parameters)
        except AwsError as error:
            if error.code in _ABSENT_CODES:
                return None
            if error.code in _VAGUE_CODES and any(words in error.problem.lower() for words in _ABSENT_WORDS):
                return None
            raise

    def fetch(self, bucket: str, key: str, limit_bytes: int) -> bytes:
        """Return the content of an object in S3.

        Raises:
            AwsError: The object cannot be read.
            DeploymentError: It is larger than the limit.
        """
        answer = self.call("s3", "get_object", Bucket=bucket, Key=key)
        with self.translate_errors("s3:GetObject"), answer["Body"] as body:  # the body is streamed after the call
            content: bytes = body.read(limit_bytes + 1)
        if len(content) > limit_bytes:
            raise DeploymentError(f"s3://{bucket}/{key}", f"has more than {limit_bytes} bytes", "look at it by hand")
        return content

    def pages(self, service: str, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Yield the pages of a listing."""
        client = self.client(service)
        with self.translate_errors(permission(service, client.meta.method_to_api_mapping[operation])):
            yield from client.get_paginator(operation).paginate(**parameters)

    def wait(self, service: str, waiter: str, permission_needed: str, **parameters: Any) -> None:
        """Wait until a resource is in the state that botocore's waiter describes."""
        with self.translate_errors(permission_needed):
            self.client(service).get_waiter(waiter).wait(**parameters)

    def redact(self, text: str) -> str:
        """Return text without this session's credentials, which some errors quote, and without passwords in URLs."""
        text = strip_passwords(text)
        try:
            credentials = self._session.get_credentials()
            frozen = None if credentials is None else credentials.get_frozen_credentials()
        except Exception:  # noqa: BLE001  # credentials that cannot be read are not in the text either
            frozen = None
        for secret in (frozen.secret_key, frozen.token, frozen.access_key) if frozen else ():
            if secret:
                text = text.replace(secret, "***").replace(repr(secret)[1:-1], "***")
        return text

    @property
    def _session(self) -> Any:
        if self._boto_session is None:
            with self.translate_errors(""):
                import boto3

                # boto3 itself reads AWS_DEFAULT_REGION only, the AWS command line AWS_REGION before it.
                region = self._region or os.environ.get("AWS_REGION") or None
                self._boto_session = boto3.Session(profile_name=self._profile, region_name=region)
        return self._boto_session

    def _caller(self) -> Mapping[str, str]:
        if self._identity is None:
            self._identity = self.call("sts", "get_caller_identity")
        return self._identity

    @contextmanager
    def translate_errors(self, call: str) -> Iterator[None]:
        """Convert botocore's exceptions into an AwsError that names the next step.

        Args:
            call: The permission that the code inside needs; "" for none.
        """
        from botocore import exceptions

        try:
            yield
        except exceptions.ClientError as error:
            raise self._error_of(call, error) from None
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

    def _error_of(self, call: str, error: Any) -> AwsError:
        described = error.response.get("Error", {})
        code = str(described.get("Code", ""))
        message = self.redact(str(described.get("Message", "")))[:800]
        return AwsError(call, f"{code}: {message}" if message else code, _hint(code, call), code=code)

    def _words(self, error: BaseException) -> str:
        return self.redact(str(error))[:800]


def strip_passwords(text: str) -> str:
    """Replace ``user:password@`` in URLs by ``***@``."""
    return _NAME_AND_PASSWORD.sub("//***@", text)


def permission(service: str, operation: str) -> str:
    """Return the permission that a call needs, by IAM's name."""
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
        return "another change is in progress: wait until it is done and run it again"
    return "correct what the message names, and run it again"
