"""The gate for the words of a model: what changes a number, an id, a name or the sense is refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from trialist.evidence.answers.answer import Answer
from trialist.evidence.answers.ask import ask
from trialist.evidence.answers.phrasing import phrased
from trialist.evidence.store import load_store
from trialist.formats.chat_model import chat_model

Change = Callable[[list[dict[str, Any]]], Any]


@pytest.fixture(scope="module")
def answer() -> Answer:
    return ask("Is cabazitaxel better than abiraterone or enzalutamide after docetaxel?", "patient")


@pytest.fixture
def server() -> Iterator[tuple[str, dict[str, Any]]]:
    """A server that speaks chat completions and answers with what `change` makes of our sentences."""
    state: dict[str, Any] = {"change": lambda said: said, "asked": []}

    class Fake(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state["asked"].append((self.path, dict(self.headers), body))
            prompt = body["messages"][0]["content"]
            made = state["change"](json.loads(prompt[prompt.index("[") :]))
            reply = made if isinstance(made, str) else json.dumps(made)
            sent = json.dumps({"choices": [{"message": {"content": reply}}]}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(sent if state.get("sound", True) else b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    made = HTTPServer(("127.0.0.1", 0), Fake)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}/v1", state
    made.shutdown()
    thread.join()
    made.server_close()


def changed(find: str, put: str) -> Change:
    def change(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
        assert any(find in each["text"] for each in said)
        return [{**each, "text": each["text"].replace(find, put)} for each in said]

    return change


def test_words_that_keep_everything_are_shown_with_the_name_of_the_model(server: Any, answer: Answer) -> None:
    address, state = server
    state["change"] = changed("half of the people on", "one half of the people on")
    told, problems = phrased(answer, load_store(), chat_model(address, "small", "secret"), "small")
    assert problems == ()
    assert told.phrased == "small"
    assert any("one half of the people" in s.text for s in told.sentences)
    assert [s.ids for s in told.sentences] == [s.ids for s in answer.sentences]
    path, headers, body = state["asked"][0]
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer secret"
    assert body["model"] == "small"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (changed("13.6", "14"), "numbers"),
        (changed("lived longer than people", "lived as long as people"), "comparisons"),
        (changed("No study can say", "A study can say"), "denials"),
        (changed("people on cabazitaxel lived", "people on docetaxel lived"), "names"),
        (lambda said: [{**each, "ids": ["CARD-0001"]} for each in said], "other ids"),
        (lambda said: said[:-1], "another number of sentences"),
        (lambda said: "I would rather not.", "no JSON list"),
    ],
)
def test_words_that_change_anything_are_refused_and_ours_are_shown(
    server: Any, answer: Answer, change: Change, why: str
) -> None:
    address, state = server
    state["change"] = change
    told, problems = phrased(answer, load_store(), chat_model(address, "small"), "small")
    assert told == answer
    assert [problem.code for problem in problems] == ["N690"]
    assert why in problems[0].message


def test_a_model_that_does_not_answer_leaves_our_text(server: Any, answer: Answer) -> None:
    address, state = server
    state["sound"] = False
    told, problems = phrased(answer, load_store(), chat_model(address, "small"), "small")
    assert told == answer
    assert problems[0].code == "N691"
    nobody = chat_model("http://127.0.0.1:9/v1", "small", seconds=1)
    assert phrased(answer, load_store(), nobody, "small")[1][0].code == "N691"


def test_only_an_address_of_the_web_is_asked() -> None:
    with pytest.raises(ValueError, match="http"):
        chat_model("file:///etc/passwd", "small")
