"""The package openai as people use it: chat, tools, streams, Responses, vectors, and the class of every error."""

import asyncio

import openai
from checks import BASE_URL, KEY, check, raises, run
from openai import AsyncOpenAI, OpenAI

client = OpenAI(base_url=BASE_URL, api_key=KEY, max_retries=0)
messages = [{"role": "user", "content": "Hello"}]
TOLD = {
    "chat/ok": "Hello from the upstream",
    "responses/text": 'Grüß Gott, "world"! 🌍 plain words follow here',
}
weather = {"type": "object", "properties": {"city": {"type": "string"}}}


@check("chat.completions.create")
def _():
    for model, text in TOLD.items():
        answer = client.chat.completions.create(model=model, messages=messages)
        assert answer.choices[0].message.content == text, answer
        assert answer.choices[0].finish_reason == "stop"
        assert answer.model == model
        assert answer.usage.total_tokens > 0
        assert answer.usage.cost > 0


@check("chat.completions.create, streamed")
def _():
    for model, text in TOLD.items():
        said, usage = "", None
        for chunk in client.chat.completions.create(
            model=model, messages=messages, stream=True, stream_options={"include_usage": True}
        ):
            usage = chunk.usage or usage
            for choice in chunk.choices:
                said += choice.delta.content or ""
        assert said == text, said
        assert usage.total_tokens > 0


@check("chat.completions.stream, gathered by its own helper")
def _():
    for model, text in TOLD.items():
        with client.chat.completions.stream(model=model, messages=messages) as stream:
            for _event in stream:
                pass
        assert stream.get_final_completion().choices[0].message.content == text


@check("a loop of tools, whole and streamed")
def _():
    for model, name in [("chat/tool-call", "get_weather"), ("responses/tools", "weather")]:
        tools = [{"type": "function", "function": {"name": name, "parameters": weather}}]
        first = client.chat.completions.create(model=model, messages=messages, tools=tools)
        said = first.choices[0].message
        assert first.choices[0].finish_reason == "tool_calls"
        call = said.tool_calls[0]
        assert call.function.name == name
        asked = [
            *messages,
            said,
            {"role": "tool", "tool_call_id": call.id, "content": "sunny"},
        ]
        second = client.chat.completions.create(model=model, messages=asked, tools=tools)
        assert second.choices[0].message.content == "It is sunny.", second
        arguments = ""
        for chunk in client.chat.completions.create(
            model=model, messages=messages, tools=tools, stream=True
        ):
            for choice in chunk.choices:
                for piece in choice.delta.tool_calls or []:
                    arguments += piece.function.arguments or ""
        assert arguments == call.function.arguments, arguments


@check("embeddings, which it asks for as base64")
def _():
    answer = client.embeddings.create(model="vectors/small", input="Hello")
    assert answer.data[0].embedding == [0.5, -1.25], answer
    plain = client.embeddings.create(model="vectors/small", input=["Hello"], encoding_format="float")
    assert plain.data[0].embedding == [0.5, -1.25], plain


@check("responses.create, whole and streamed")
def _():
    for model, text in TOLD.items():
        answer = client.responses.create(model=model, input="Hello")
        assert answer.output_text == text, answer
        assert answer.status == "completed"
        with client.responses.stream(model=model, input="Hello") as stream:
            deltas = "".join(
                event.delta for event in stream if event.type == "response.output_text.delta"
            )
            final = stream.get_final_response()
        assert deltas == text and final.output_text == text
        assert final.usage.total_tokens > 0


@check("responses: a loop of tools")
def _():
    tools = [{"type": "function", "name": "weather", "parameters": weather, "strict": False}]
    first = client.responses.create(model="responses/tools", input=messages, tools=tools)
    call = next(item for item in first.output if item.type == "function_call")
    second = client.responses.create(
        model="responses/tools",
        tools=tools,
        input=[
            *messages,
            *first.output,
            {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"},
        ],
    )
    assert second.output_text == "It is sunny.", second


@check("completions.create, whole and streamed")
def _():
    answer = client.completions.create(model="chat/ok", prompt="Hello")
    assert answer.choices[0].text == TOLD["chat/ok"]
    streamed = client.completions.create(model="chat/ok", prompt="Hello", stream=True)
    assert "".join(choice.text for chunk in streamed for choice in chunk.choices) == TOLD["chat/ok"]


@check("AsyncOpenAI, eight at once")
def _():
    async def ask():
        async with AsyncOpenAI(base_url=BASE_URL, api_key=KEY, max_retries=0) as many:
            return await asyncio.gather(
                *(many.chat.completions.create(model="chat/ok", messages=messages) for _ in range(8))
            )

    answers = asyncio.run(ask())
    assert {answer.choices[0].message.content for answer in answers} == {TOLD["chat/ok"]}
    assert len({answer.id for answer in answers}) == 8


@check("each failure is the class that it has for it")
def _():
    stranger = OpenAI(base_url=BASE_URL, api_key="sk-or-v1-nobody", max_retries=0)

    def chat(of, model, **more):
        return lambda: of.chat.completions.create(model=model, messages=messages, **more)

    unknown = raises(openai.AuthenticationError, chat(stranger, "chat/ok"))
    assert unknown.status_code == 401 and unknown.body["code"] == 401
    wrong = raises(openai.BadRequestError, chat(client, "nobody/nothing"))
    assert wrong.body["metadata"]["error_type"] == "invalid_request", wrong.body
    field = raises(openai.BadRequestError, chat(client, "chat/ok", temperature=3))
    assert "temperature" in str(field)
    raises(openai.BadRequestError, chat(client, "responses/too-long"))
    limited = raises(openai.RateLimitError, chat(client, "responses/rate-limited"))
    assert limited.status_code == 429
    raises(
        openai.AuthenticationError, lambda: stranger.responses.create(model="chat/ok", input="Hello")
    )
    raises(
        openai.BadRequestError,
        lambda: client.responses.create(model="chat/ok", input="Hello", store=True),
    )


@check("a stream that breaks raises, after the text that had come")
def _():
    said = []

    def read():
        for chunk in client.chat.completions.create(
            model="chat/cut-2", messages=messages, stream=True
        ):
            said.extend(choice.delta.content or "" for choice in chunk.choices)

    raises(openai.APIError, read)
    assert "".join(said) != ""


run()
