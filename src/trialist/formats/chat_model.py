"""A model behind an address that speaks the chat completions of OpenAI; asked only where it is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.request import Request, urlopen

_PATH = "/chat/completions"
_SECONDS = 60


def chat_model(
    address: str, name: str, key: str | None = None, seconds: float = _SECONDS
) -> Callable[[str], str]:
    """A function that sends a prompt and gives the text of the reply; `OSError` where there is none.

    address  of the server, up to its version (`http://localhost:8000/v1`); http and https only
    name     of the model; key: sent as a bearer token where it is given
    """
    if not address.startswith(("http://", "https://")):
        raise ValueError("the address of a model begins with http:// or https://")

    def ask(prompt: str) -> str:
        body = {"model": name, "temperature": 0, "messages": [{"role": "user", "content": prompt}]}
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        request = Request(address.rstrip("/") + _PATH, json.dumps(body).encode(), headers)
        try:
            with urlopen(request, timeout=seconds) as reply:
                text = json.load(reply)["choices"][0]["message"]["content"]
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise OSError(f"the reply is no chat completion ({error})") from error
        return str(text)

    return ask
