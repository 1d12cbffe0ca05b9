"""What an open page shows, and what it has still to be told."""

import uuid
from collections.abc import Mapping
from typing import Any

from interactions.screens import entries_in, narrowed
from socialcare.panel.crowd import PART
from socialcare.panel.parts import Frame

FEW = 5
"""More messages than these come with the whole thread: one is asked for after the other."""


class Page:
    """Where a page stands: it follows two versions, its agent's and that of the interaction it shows."""

    def __init__(self, interaction_id: uuid.UUID | None, *, takes_entries: bool) -> None:
        self.interaction_id = interaction_id
        self._takes_entries = takes_entries
        self._wanted: set[str] = set()
        self._shown: dict[str, int] = {}
        self.heard: dict[str, int] = {}
        self.sent: dict[str, int] = {}
        self.everything = True
        """All parts are to be sent anew."""

    @property
    def is_due(self) -> bool:
        """Whether some parts are to be sent."""
        return bool(self._wanted) or self.heard != self.sent

    def open(self, interaction_id: uuid.UUID | None) -> None:
        """It shows another interaction from here on, or none."""
        self.interaction_id = interaction_id
        for versions in (self.heard, self.sent):
            versions.pop("interaction", None)

    # ---------------------------------------------------------------- what has happened

    def hear(self, message: Mapping[str, Any]) -> frozenset[str] | None:
        """Note which parts have changed; after a gap in the versions, all have. None, if it has heard so before."""
        parts, version = frozenset(narrowed(message.get("parts", ()))), message.get("version")
        if version is not None:
            owner = self._followed_as(message["audience"])
            known = self.heard.get(owner)
            if not owner or (known is not None and version <= known):
                return None
            self.everything |= known is not None and version > known + 1
            self.heard[owner] = version
        self._wanted |= parts - {PART}
        return parts

    def stands_at(self, versions: Mapping[str, int]) -> None:
        """All parts have been rendered at these versions; what is heard from here on is compared with them."""
        self.heard = {owner: max(number, self.heard.get(owner, 0)) for owner, number in versions.items()}

    def has_missed(self, audience: str, version: int) -> bool:
        """Whether nothing was heard of a version at which one of the two stands."""
        owner = self._followed_as(audience)
        return bool(owner) and self.heard.get(owner, -1) < version

    def _followed_as(self, audience: str) -> str:
        """Which of the two versions this is about; neither, where an interaction is not shown any more."""
        kind, _dot, key = audience.partition(".")
        return kind if kind == "agent" or key == str(self.interaction_id) else ""

    # ---------------------------------------------------------------- what it is sent

    def taken(self) -> frozenset[str]:
        """What is to be sent now: single messages as such where the page takes them and they are few, else the thread.

        What changes from here on comes with the next frame.
        """
        names, self._wanted = self._wanted, set()
        entries = entries_in(names).keys()
        if entries and ("thread" in names or len(entries) > FEW or not self._takes_entries):
            return frozenset(names - entries | {"thread"})
        return frozenset(names)

    def want(self, names: frozenset[str]) -> None:
        """These could not be sent yet."""
        self._wanted |= names

    def begun_anew(self) -> None:
        """Whatever has changed before now comes with the frame of all parts that is made next."""
        self.everything, self._wanted = False, set()

    def whole(self, frame: Frame) -> dict[str, Any]:
        """The frame of all parts, as it travels."""
        self._shown = {name: hash(html) for name, html in frame.html.items()}
        self.sent = dict(frame.versions)
        return {**frame.as_json(), "versions": frame.versions}

    def news(self, frame: Frame, heard: Mapping[str, int]) -> dict[str, Any]:
        """A frame of some parts, as it travels: what is not shown already. With it all is sent up to `heard`."""
        new = self._new_of(frame.html)
        before, self.sent = self.sent, dict(heard)
        news = {**frame.as_json(), "html": new, "versions": self.sent}
        # A page that does not stand where it was sent must not take a single message for all that has come since
        return {**news, "after": before.get("interaction", 0)} if entries_in(new) else news

    def _new_of(self, html: Mapping[str, str]) -> dict[str, str]:
        entries = entries_in(html)
        if entries:  # they change what is shown of the thread
            self._shown.pop("thread", None)
        return {name: text for name, text in html.items() if name in entries or self._is_new(name, hash(text))}

    def _is_new(self, name: str, mark: int) -> bool:
        known, self._shown[name] = self._shown.get(name), mark
        return known != mark

    def shows(self, name: str, mark: int) -> bool:
        """Whether a part is shown as this mark says."""
        return self._shown.get(name) == mark

    def note(self, name: str, mark: int) -> None:
        """A part has been sent as this mark says."""
        self._shown[name] = mark
