"""What an agent's browser posts: forms, with the session's cookie and the CSRF token."""

import json
from typing import Any
from urllib.parse import urlencode

from bench.house import Agent
from bench.http import Line

CSRF = "c" * 32
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


def signed_in(agent: Agent) -> dict[str, str]:
    """The headers of an agent's browser."""
    return {"Cookie": f"{agent.cookie}; csrftoken={CSRF}", "X-CSRFToken": CSRF}


async def press(line: Line, path: str, **form: str) -> dict[str, Any]:
    """Post a form to the panel; gives what its script is told."""
    answer = await line.post(f"/panel/{path}", urlencode(form).encode(), FORM)
    return json.loads(answer.required().body)
