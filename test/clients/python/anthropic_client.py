"""The package anthropic as people use it, with models that speak Messages and models that do not."""

import anthropic
from anthropic import Anthropic
from checks import BASE_URL, KEY, check, raises, run

# It appends /v1/messages itself.
base_url = BASE_URL.removesuffix("/v1")
client = Anthropic(base_url=base_url, api_key=KEY, max_retries=0)
messages = [{"role": "user", "content": "Hello"}]
TOLD = {
    "chat/ok": "Hello from the upstream",
    "responses/text": 'Grüß Gott, "world"! 🌍 plain words follow here',
}
weather = {"type": "object", "properties": {"city": {"type": "string"}}}


def ask(of=client, **more):
    return of.messages.create(**{"max_tokens": 900, "messages": messages, **more})


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


@check("messages.create")
def _():
    for model, text in TOLD.items():
        answer = ask(model=model)
        assert text_of(answer) == text, answer
        assert answer.stop_reason == "end_turn"
        assert answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0


@check("messages.stream, gathered by its own helper")
def _():
    for model, text in TOLD.items():
        with client.messages.stream(model=model, max_tokens=900, messages=messages) as stream:
            said = "".join(stream.text_stream)
            final = stream.get_final_message()
        assert said == text and text_of(final) == text
        assert final.stop_reason == "end_turn"
        assert final.usage.output_tokens > 0


@check("a loop of tools, whole and streamed, with the thoughts of who has some")
def _():
    for model, name in [
        ("anthropic/claude-mid-tools", "get_weather"),
        ("chat/tool-call", "get_weather"),
        ("responses/tools", "weather"),
    ]:
        tools = [{"name": name, "description": "The weather", "input_schema": weather}]
        for streamed in [False, True]:
            asked = {"model": model, "max_tokens": 2000, "tools": tools}
            if streamed:
                with client.messages.stream(messages=messages, **asked) as stream:
                    first = stream.get_final_message()
            else:
                first = client.messages.create(messages=messages, **asked)
            assert first.stop_reason == "tool_use", first
            call = next(block for block in first.content if block.type == "tool_use")
            assert call.name == name
            assert isinstance(call.input, dict)
            second = client.messages.create(
                messages=[
                    *messages,
                    {"role": "assistant", "content": first.content},
                    {
                        "role": "user",
                        "content": [
                            {"type": "tool_result", "tool_use_id": call.id, "content": "sunny"}
                        ],
                    },
                ],
                **asked,
            )
            assert text_of(second) != "", second


@check("messages.count_tokens")
def _():
    short = client.messages.count_tokens(model="chat/ok", messages=messages).input_tokens
    long = client.messages.count_tokens(
        model="chat/ok", messages=[{"role": "user", "content": "Hello " * 200}]
    ).input_tokens
    assert 0 < short < long


@check("a key as a bearer token")
def _():
    bearer = Anthropic(base_url=base_url, auth_token=KEY, api_key=None, max_retries=0)
    assert text_of(ask(bearer, model="chat/ok")) == TOLD["chat/ok"]


@check("each failure is the class that it has for it")
def _():
    stranger = Anthropic(base_url=base_url, api_key="sk-or-v1-nobody", max_retries=0)
    unknown = raises(anthropic.AuthenticationError, lambda: ask(stranger, model="chat/ok"))
    assert unknown.body["error"]["type"] == "authentication_error", unknown.body
    wrong = raises(
        anthropic.BadRequestError,
        lambda: ask(model="chat/ok", extra_body={"temperature": 2}),
    )
    assert "temperature" in str(wrong)
    raises(anthropic.BadRequestError, lambda: ask(model="responses/too-long"))
    limited = raises(anthropic.RateLimitError, lambda: ask(model="responses/rate-limited"))
    assert limited.body["error"]["type"] == "rate_limit_error", limited.body
    missing = raises(anthropic.BadRequestError, lambda: ask(model="nobody/nothing"))
    assert "nobody/nothing" in str(missing)


@check("a stream that breaks raises, after the text that had come")
def _():
    said = []

    def read():
        with client.messages.stream(
            model="chat/cut-2", max_tokens=900, messages=messages
        ) as stream:
            for text in stream.text_stream:
                said.append(text)

    try:
        read()
        raise AssertionError("nothing was raised")
    except anthropic.APIError as error:
        assert "".join(said) != "", error


run()
