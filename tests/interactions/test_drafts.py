"""Half-written replies survive, each in its place."""

import uuid

import pytest

from delivery.replying import reply
from interactions.drafts import save_draft
from interactions.models import Draft
from socialcare.errors import Invalid, NotFound
from tests.network import Network
from tests.scene import connected

pytestmark = pytest.mark.django_db


def texts() -> dict[tuple[str, str], str]:
    return {(draft.visibility, draft.target): draft.text for draft in Draft.objects.all()}


def test_a_draft_is_kept_per_target_and_visibility(alice, inbox) -> None:
    interaction = connected(alice, inbox)
    target = interaction.messages.get().pk
    save_draft(alice, interaction.pk, text="To all", visibility="public")
    save_draft(alice, interaction.pk, text="To this", visibility="public", in_reply_to_id=target)
    save_draft(alice, interaction.pk, text="To you", visibility="private")
    save_draft(alice, interaction.pk, text="To you alone", visibility="private")
    assert texts() == {
        ("public", ""): "To all",
        ("public", str(target)): "To this",
        ("private", ""): "To you alone",
    }


def test_an_empty_text_forgets_it(alice, inbox) -> None:
    interaction = connected(alice, inbox)
    save_draft(alice, interaction.pk, text="To all", visibility="public")
    assert save_draft(alice, interaction.pk, text="", visibility="public") is None
    assert texts() == {}


def test_sending_forgets_what_was_sent_and_nothing_else(alice, inbox, network: Network) -> None:
    interaction = connected(alice, inbox)
    save_draft(alice, interaction.pk, text="To all", visibility="public")
    save_draft(alice, interaction.pk, text="To you", visibility="private")
    reply(alice, interaction.pk, visibility="public", text="To all", key=uuid.uuid4())
    assert texts() == {("private", ""): "To you"}


def test_a_reply_that_is_refused_forgets_nothing(alice, inbox, network: Network) -> None:
    interaction = connected(alice, inbox)
    save_draft(alice, interaction.pk, text="x" * 9000, visibility="public")
    with pytest.raises(Invalid):
        reply(alice, interaction.pk, visibility="public", text="x" * 9000, key=uuid.uuid4())
    assert texts() == {("public", ""): "x" * 9000}


def test_a_draft_that_is_too_long_is_refused_and_not_cut(alice, inbox) -> None:
    interaction = connected(alice, inbox)
    save_draft(alice, interaction.pk, text="x" * 100_000, visibility="public")
    with pytest.raises(Invalid, match="100001 characters") as refused:
        save_draft(alice, interaction.pk, text="y" * 100_001, visibility="public")
    assert (refused.value.field, refused.value.code) == ("text", "too.long")
    assert texts() == {("public", ""): "x" * 100_000}


def test_each_agent_has_their_own(alice, sam, inbox) -> None:
    interaction = connected(alice, inbox)
    save_draft(alice, interaction.pk, text="Mine", visibility="public")
    save_draft(sam, interaction.pk, text="Yours", visibility="public")
    assert set(Draft.objects.values_list("author__username", "text")) == {("alice", "Mine"), ("sam", "Yours")}


def test_bad_input(alice, charlie, inbox) -> None:
    interaction = connected(alice, inbox)
    with pytest.raises(NotFound):
        save_draft(charlie, interaction.pk, text="Hi", visibility="public")
    with pytest.raises(Invalid):
        save_draft(alice, interaction.pk, text="Hi", visibility="secret")
    save_draft(
        alice, interaction.pk, text="a\x00b\ud83d" + "👍" * 99_998, visibility="public", in_reply_to_id="x\x00" * 99
    )
    draft = Draft.objects.get()
    assert (draft.text[:3], len(draft.text), len(draft.target)) == ("ab👍", 100_000, 36)
