"""Open integrations through the public SDK, against the running product."""

import io
import uuid
from contextlib import redirect_stdout
from typing import Any

import pytest

from tests.api.conftest import sdk_client
from tests.product import Product

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]


def test_one_is_made_changed_and_deleted(live_product: Product) -> None:
    import PureCloudPlatformClientV2 as sdk  # noqa: N813

    api = sdk.ConversationsApi(sdk_client(live_product, "admin"))
    queues = sdk.RoutingApi(api.api_client).get_routing_queues(name="Social Care").entities
    wanted = sdk.OpenIntegrationRequest()
    wanted.name = f"SDK {uuid.uuid4()}"
    wanted.outbound_notification_webhook_url = "https://shop.example/in"
    wanted.outbound_notification_webhook_signature_secret_token = "a secret of more than sixteen"
    wanted.webhook_headers = {"X-Api-Key": "abc"}
    wanted.supported_content = sdk.SupportedContentReference()
    wanted.supported_content.id = api.get_conversations_messaging_supportedcontent_default().id

    with pytest.raises(sdk.rest.ApiException) as refused:
        api.post_conversations_messaging_integrations_open(wanted)
    assert refused.value.status == 400, "there are two queues: it must be said which"

    # The SDK's model has no queue: our extension goes along in a plain mapping
    body = {**api.api_client.sanitize_for_serialization(wanted), "queue": {"id": queues[0].id}}
    with redirect_stdout(io.StringIO()) as words:
        made = api.post_conversations_messaging_integrations_open(body)
        read = api.get_conversations_messaging_integrations_open_integration_id(made.id)
        change = sdk.OpenIntegrationUpdateRequest()
        change.name = f"{wanted.name} again"
        changed = api.patch_conversations_messaging_integrations_open_integration_id(made.id, change)
        listed = api.get_conversations_messaging_integrations_open(page_size=100).entities
    assert "OUTDATED" not in words.getvalue().upper()
    assert (made.name, made.status, made.create_status) == (wanted.name, "Active", "Completed")
    assert read.supported_content.id == wanted.supported_content.id
    assert "OUTDATED_SDK_VERSION" not in str(read.to_dict())
    assert changed.name == change.name
    assert _named(listed, made.id) == [change.name]

    api.delete_conversations_messaging_integrations_open_integration_id(made.id)
    with pytest.raises(sdk.rest.ApiException) as gone:
        api.get_conversations_messaging_integrations_open_integration_id(made.id)
    assert gone.value.status == 404


def _named(entities: list[Any], pk: str) -> list[str]:
    return [each.name for each in entities if each.id == pk]
