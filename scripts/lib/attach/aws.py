"""Calls to AWS in one region: throttled ones are made again, and an error says what to do."""
import random
import threading
import time

import boto3
from botocore.config import Config
from botocore.exceptions import (BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError, NoCredentialsError,
                                 ProfileNotFound)

from attach.errors import PATIENCE_SECONDS, Failed, Interrupted

THROTTLED = {"TooManyRequestsException", "ThrottlingException", "ThrottledException", "Throttling", "RequestLimitExceeded",
             "TooManyUpdates", "RequestThrottled", "RequestThrottledException", "SlowDown"}
SIGN_IN = {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "InvalidSignatureException"}
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


class Aws:
    """Clients may be used by several threads at once."""

    def __init__(self, region=None):
        try:
            self._session = boto3.session.Session(region_name=region)
            self.region = self._session.region_name
        except BotoCoreError as error:
            raise Failed(explained(error)) from error
        if not self.region:
            raise Failed("no region: add --region REGION, or set AWS_REGION")
        self._config = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=10, read_timeout=60)
        self._clients = {}
        self._lock = threading.Lock()
        self.stop = threading.Event()

    def _client(self, service):
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session.client(service, region_name=self.region, config=self._config)
            return self._clients[service]

    def sleep(self, seconds):
        if self.stop.wait(seconds):
            raise Interrupted()

    def call(self, service, operation, **arguments):
        """The answer, as a dictionary. Throttled calls are made again for PATIENCE_SECONDS. Raises Failed."""
        end, pause = time.monotonic() + PATIENCE_SECONDS, 0.2
        while True:
            if self.stop.is_set():
                raise Interrupted()
            try:
                return getattr(self._client(service), operation)(**arguments)
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code", "")
                if code not in THROTTLED or time.monotonic() > end:
                    raise Failed(explained(error), code) from error
            except BotoCoreError as error:
                raise Failed(explained(error)) from error
            self.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(2 * pause, 10)

    def pages(self, service, operation, items, token, asked=None, **arguments):
        """Every item of every page: `token` is the answer's member that leads to the next page, `asked` the request's."""
        more = {}
        while True:
            answer = self.call(service, operation, **arguments, **more)
            yield from answer.get(items) or []
            if not answer.get(token):
                return
            more = {asked or token: answer[token]}


def explained(error):
    """What AWS or boto3 said, on one line, and what to do about it."""
    if isinstance(error, ClientError):
        said = error.response.get("Error", {})
        code = said.get("Code", "")
        text = " ".join(f"{code}: {said.get('Message', '')}".split()).rstrip(". :")
        if code in SIGN_IN:
            return f"{text}. Sign in with aws configure or aws sso login, or set AWS_PROFILE"
        if code in DENIED:
            return f"{text}. scripts/attach --help lists what the credentials must allow"
        if "CodeSigning" in code or "CodeVerification" in code:
            return f"{text}. The function takes signed layers only: sign the zip with AWS Signer before it is published"
        return text
    text = " ".join(str(error).split()).rstrip(".")
    if isinstance(error, NoCredentialsError) or "sso" in text.lower() or "Token" in type(error).__name__:
        return f"{text}. Sign in with aws configure or aws sso login, or set AWS_PROFILE or AWS_ACCESS_KEY_ID"
    if isinstance(error, (EndpointConnectionError, ConnectTimeoutError)):
        return f"{text}. Is it a region of AWS, and is there a network?"
    if isinstance(error, ProfileNotFound):
        return f"{text}. aws configure list-profiles shows which there are"
    return text
