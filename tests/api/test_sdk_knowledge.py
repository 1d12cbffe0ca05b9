"""Canned responses and customers through the public SDK, against the running product."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.conftest import sdk_client

if TYPE_CHECKING:
    from tests.product import Product

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]


def test_a_library_with_a_response(live_product: "Product") -> None:
    import PureCloudPlatformClientV2 as sdk  # noqa: N813
    from PureCloudPlatformClientV2.rest import ApiException

    api = sdk.ResponseManagementApi(sdk_client(live_product, "admin"))
    wanted = sdk.Library()
    wanted.name = "Returns"
    library = api.post_responsemanagement_libraries(wanted)
    assert library.id in {each.id for each in api.get_responsemanagement_libraries(page_size=100).entities}
    answer = _response(sdk, library, "Send it back to {{QUEUE_NAME}}.")
    made = api.post_responsemanagement_responses(answer)
    assert made.substitutions[0].id == "QUEUE_NAME"
    made.name = "Return it"
    changed = api.put_responsemanagement_response(made.id, made)
    assert (changed.name, changed.version) == ("Return it", 2)
    with pytest.raises(ApiException) as refused:
        api.put_responsemanagement_response(made.id, made)
    assert refused.value.status == 409
    listed = api.get_responsemanagement_responses(library.id).entities
    assert [each.texts[0].content for each in listed] == ["Send it back to {{QUEUE_NAME}}."]
    query = sdk.ResponseQueryRequest()
    query.query_phrase, query.page_size = "send back", 10
    assert made.id in {each.id for each in api.post_responsemanagement_responses_query(query).results.entities}
    library.name = "Returned"
    assert api.put_responsemanagement_library(library.id, library).name == "Returned"
    api.delete_responsemanagement_response(made.id)
    api.delete_responsemanagement_library(library.id)


def test_customers_are_written_down_found_and_merged(live_product: "Product") -> None:
    import PureCloudPlatformClientV2 as sdk  # noqa: N813
    from PureCloudPlatformClientV2.rest import ApiException

    api = sdk.ExternalContactsApi(sdk_client(live_product, "admin"))
    first, second = (api.post_externalcontacts_contacts(_contact(sdk, name)) for name in ("Grace", "Gracie"))
    found = api.get_externalcontacts_contacts(q="Hopper", page_size=5, page_number=1).entities
    assert {first.id, second.id} <= {each.id for each in found}
    first.work_email = "grace@example.org"
    assert api.put_externalcontacts_contact(first.id, first).work_email == "grace@example.org"
    asked = sdk.MergeRequest()
    asked.source_contact_id, asked.target_contact_id = second.id, first.id
    assert api.post_externalcontacts_merge_contacts(asked).id == first.id
    assert api.get_externalcontacts_contact(second.id).id == first.id
    assert api.get_externalcontacts_scan_contacts(limit=1).cursors.after
    talkative = next(each for each in api.get_externalcontacts_contacts(page_size=50).entities if each.identifiers)
    with pytest.raises(ApiException) as refused:
        api.delete_externalcontacts_contact(talkative.id)
    assert refused.value.status == 409
    api.delete_externalcontacts_contact(first.id)


def _response(sdk: Any, library: Any, words: str) -> Any:
    text, where, response = sdk.ResponseText(), sdk.DomainEntityRef(), sdk.Response()
    text.content, text.content_type = words, "text/plain"
    where.id = library.id
    response.name, response.libraries, response.texts = "Send it back", [where], [text]
    return response


def _contact(sdk: Any, name: str) -> Any:
    contact = sdk.ExternalContact()
    contact.first_name, contact.last_name = name, "Hopper"
    return contact
