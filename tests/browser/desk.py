"""An agent's screen: the panel in a browser, read and touched as a person would, by roles and words."""

from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Locator, expect

from tests.browser.words import Say, words

if TYPE_CHECKING:
    from playwright.sync_api import JSHandle, Page, Route

PASSWORD = "demo"
DROPPED = """([name, bytes]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([Uint8Array.from(bytes)], name));
  return carried;
}"""
PASTED = """carried => document.querySelector("#reply").dispatchEvent(
  new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true }))"""


class Held:
    """Requests on their way that do not arrive yet."""

    def __init__(self, page: "Page", address: str) -> None:
        self.page, self.address = page, address
        self.routes: list[Route] = []
        page.route(address, lambda route: self.routes.append(route))

    def let_go(self) -> None:
        """Now they arrive."""
        for route in self.routes:
            route.continue_()
        self.page.unroute(self.address)


class Desk:
    """One page of the panel."""

    def __init__(self, page: "Page", language: str = "en") -> None:
        self.page = page
        self.say: Say = words(language)
        """In which words the screen speaks: the browser's language until somebody has signed in, then theirs."""
        self.reply = page.locator("#reply")
        self.thread = page.locator("#part-thread")

    # ------------------------------------------------------------------ the shift

    def sign_in(self, name: str, *, speaks: str = "en") -> "Desk":
        """By the sign-in page, which the panel's address leads to; the panel then speaks the person's language."""
        self.page.goto("/panel/")
        self.page.get_by_label(self.say("Name"), exact=True).fill(name)
        self.page.get_by_label(self.say("Password"), exact=True).fill(PASSWORD)
        self.button("Sign in").click()
        return self.expect_language(speaks)

    def speak(self, language: str) -> "Desk":
        """Choose the language of the panel, in the settings."""
        self.page.locator("#settings summary").click()
        self.page.locator("#preferences select[name=language]").select_option(language)
        return self.expect_language(language)

    def expect_language(self, language: str) -> "Desk":
        """The panel is there, in this language."""
        expect(self.page.locator(f"html.scripted[lang={language}]")).to_be_attached()
        self.say = words(language)
        return self

    def go_on_queue(self) -> "Desk":
        """Be offered work."""
        self.button("On queue").click()
        expect(self.button("On queue")).to_have_attribute("aria-pressed", "true")
        return self

    def go_off_queue(self) -> "Desk":
        """Be offered nothing more."""
        self.button("Off queue").click()
        expect(self.button("Off queue")).to_have_attribute("aria-pressed", "true")
        return self

    def leave(self) -> None:
        """Go off queue without a look at the screen, as the browser is about to close."""
        cookies = {cookie["name"]: cookie["value"] for cookie in self.page.context.cookies()}
        if "sessionid" in cookies:
            headers = {"X-CSRFToken": cookies["csrftoken"], "Accept": "application/json"}
            self.page.context.request.post("/panel/routing/", form={"to": "off"}, headers=headers)

    # ------------------------------------------------------------------ offers and interactions

    def offer(self, customer: str) -> Locator:
        """The card of an offer."""
        return self.page.get_by_role("article", name=customer, exact=True)

    def answer(self, customer: str) -> "Desk":
        """Answer the offer of this customer, and see the thread."""
        self.button("Answer", within=self.offer(customer)).click()
        return self.expect_open(customer)

    def row(self, customer: str) -> Locator:
        """The interaction in the list of active ones."""
        return self.page.locator("#part-active a.item").filter(has_text=customer)

    def open(self, customer: str) -> "Desk":
        """Choose an active interaction."""
        self.row(customer).click()
        return self.expect_open(customer)

    def expect_open(self, customer: str) -> "Desk":
        """The thread of this customer lies open."""
        expect(self.page.get_by_role("heading", level=1, name=customer)).to_be_visible()
        return self

    def finish(self, code: str) -> None:
        """End messages, choose a wrap-up code, Done."""
        self.button("End messages").click()
        wrapup = self.page.locator("#part-wrapup.now")
        wrapup.get_by_role("combobox").select_option(label=code)
        self.button("Done", within=wrapup).click()
        expect(self.page.locator("#part-active a.item[aria-current]")).to_have_count(0)

    # ------------------------------------------------------------------ the thread

    def message(self, text: str) -> Locator:
        """A message or note in the thread."""
        return self.thread.locator("li.msg").filter(has=self.page.locator(".text", has_text=text))

    def expect_mark(self, text: str, words: str) -> "Desk":
        """What the mark at the foot of our message says."""
        expect(self.message(text).locator(".mark").last).to_have_text(words)
        return self

    def write(self, text: str) -> "Desk":
        """Put a text into the reply box."""
        expect(self.reply).to_be_visible()
        self.reply.fill(text)
        return self

    def send(self, text: str, visibility: str = "public") -> "Desk":
        """Write and send, by the button."""
        self.choose(visibility).write(text)
        self.button(f"Send as {visibility}").click()
        expect(self.message(text)).to_be_visible()
        return self

    def drop(self, name: str, content: bytes) -> None:
        """Let a file fall onto the reply box."""
        self.page.dispatch_event("#composer", "drop", {"dataTransfer": self._carried(name, content)})

    def paste(self, name: str, content: bytes) -> None:
        """Paste a file from the clipboard."""
        self._carried(name, content).evaluate(PASTED)

    def _carried(self, name: str, content: bytes) -> "JSHandle":
        return self.page.evaluate_handle(DROPPED, [name, list(content)])

    def transfer_to(self, whom: str) -> None:
        """Hand the open interaction to a queue or an agent."""
        self.page.get_by_role("link", name=self.say("Transfer"), exact=True).click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("radio", name=whom).check(force=True)
        self.button("Transfer", within=dialog).click()
        expect(dialog).to_be_hidden()

    def choose(self, visibility: str) -> "Desk":
        """Public or private."""
        choice = self.page.locator(f'#composer-visibility input[value="{visibility}"]')
        choice.check(force=True)
        expect(choice).to_be_checked()
        return self

    # ------------------------------------------------------------------ what is anywhere

    def button(self, name: str, *, within: Locator | None = None) -> Locator:
        """A button by its exact name, in this desk's language."""
        return (within or self.page).get_by_role("button", name=self.say(name), exact=True)

    def hold(self, address: str) -> "Held":
        """Keep back the next requests to an address, until they are let go."""
        return Held(self.page, address)

    def bar(self) -> Locator:
        """The bar that says how the line is."""
        return self.page.locator("#connection")

    def toast(self) -> Locator:
        """Words that say what went wrong."""
        return self.page.locator("#toasts")

    def below(self) -> Locator:
        """Words under the reply box."""
        return self.page.locator("#composer-why")

    def picture(self, path: Path) -> None:
        """Take a picture of the screen."""
        self.page.screenshot(path=path)
