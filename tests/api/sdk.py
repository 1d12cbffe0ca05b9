"""Answers as the public SDK reads them."""

import json
from typing import Any


class _Answer:
    def __init__(self, body: Any) -> None:
        self.data = json.dumps(body)

    def getheader(self, _name: str) -> str:
        return "application/json"


def read_as(model: str, body: Any) -> Any:
    """The SDK's model of an answer; every enum value in it is one that the SDK knows."""
    from PureCloudPlatformClientV2.api_client import ApiClient

    read = ApiClient(host="http://localhost").deserialize(_Answer(body), model)
    assert "outdated_sdk_version" not in str(read).lower(), read
    return read
