"""How far the bench is."""

import sys
import time

WIDTH = 30


class Progress:
    """A bar on standard error; on something that is no terminal, one line a step."""

    def __init__(self, steps: int) -> None:
        self.steps, self.done, self.began = max(1, steps), 0, time.monotonic()

    def say(self, what: str) -> None:
        """Show what is being done now."""
        share = self.done / self.steps
        filled = round(share * WIDTH)
        elapsed = time.monotonic() - self.began
        line = f"[{'#' * filled}{'.' * (WIDTH - filled)}] {share:4.0%} {elapsed:5.0f} s  {what}"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{line}")
        else:
            sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    def step(self, what: str) -> None:
        """One step further."""
        self.say(what)
        self.done += 1

    def end(self) -> None:
        """All is done."""
        self.done = self.steps
        self.say("done")
        sys.stderr.write("\n")
