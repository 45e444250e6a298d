"""A small app with one function of every kind. What happens is told line by line in the file SAMPLE_JOURNAL."""

import json
import os
import time
import typing
import urllib.request
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func
from durabletask import task
from fastapi import FastAPI, Request, Response

from app.clock import utc_now

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
pages = FastAPI()

type Steps = Generator[task.Task[typing.Any], typing.Any, object]


def tell(event: str, **details: object) -> None:
    with Path(os.environ["SAMPLE_JOURNAL"]).open("a") as journal:
        journal.write(json.dumps({"event": event, **details}) + "\n")


@app.timer_trigger(arg_name="timer", schedule="%SAMPLE_SCHEDULE%", use_monitor=False)
@app.durable_client_input(client_name="client")
async def tick(timer: func.TimerRequest, client: df.DurableFunctionsClient) -> None:
    tell("tick", past_due=timer.past_due, has_next="Next" in timer.schedule_status)  # type: ignore[attr-defined]


@app.queue_trigger(arg_name="message", queue_name="sample-in", connection="SAMPLE_STORAGE")
@app.queue_output(arg_name="copies", queue_name="sample-out", connection="SAMPLE_STORAGE")
async def copy(message: func.QueueMessage, copies: func.Out[typing.List[str]]) -> None:  # noqa: UP006
    text = message.get_body().decode()
    tell("copy", text=text, attempt=message.dequeue_count, inserted=str(message.insertion_time))
    if text.startswith("bad"):
        raise ValueError(f"cannot copy {text}")
    copies.set([f"{text}-1", f"{text}-2"])


@app.queue_trigger(arg_name="message", queue_name="sample-starts", connection="SAMPLE_STORAGE")
@app.durable_client_input(client_name="client")
async def start(message: func.QueueMessage, client: df.DurableFunctionsClient) -> None:
    wanted = json.loads(message.get_body())
    await client.schedule_new_orchestration(wanted["orchestrator"], input=wanted["input"], instance_id=wanted["id"])


@app.orchestration_trigger(context_name="context")
def parent(context: task.OrchestrationContext, names: list[str]) -> Steps:
    tell("parent", replaying=context.is_replaying, now=context.current_utc_datetime.isoformat())
    greetings = []
    for name in names:
        greetings.append((yield context.call_activity("greet", input=name)))
    total = yield context.call_sub_orchestrator("child", input=greetings)
    tell("parent done", total=total)
    return total


@app.orchestration_trigger(context_name="context")
def child(context: task.OrchestrationContext, words: list[str]) -> Steps:
    yield context.create_timer(timedelta(seconds=0.3))
    try:
        yield context.call_activity("fail", input="on purpose")
    except task.TaskFailedError as error:
        tell("child caught", text=str(error))
    return (yield context.call_activity("count", input=words))


@app.orchestration_trigger(context_name="context")
def slow(context: task.OrchestrationContext, seconds: float) -> Steps:
    result = yield context.call_activity("sleep", input=seconds)
    tell("slow done", result=result)
    return result


@app.activity_trigger(input_name="name")
async def greet(name: str) -> str:
    return f"Hello {name}"


@app.activity_trigger(input_name="words")
def count(words: list) -> int:  # type: ignore[type-arg]  # the worker refuses list[str]
    return len(words)


@app.activity_trigger(input_name="reason")
def fail(reason: str) -> None:
    raise RuntimeError(f"failed {reason}")


@app.activity_trigger(input_name="seconds")
@app.queue_output(arg_name="done", queue_name="sample-done", connection="SAMPLE_STORAGE")
def sleep(seconds: float, done: func.Out[str]) -> str:
    tell("sleep", pid=os.getpid(), seconds=seconds)
    time.sleep(seconds)
    done.set("slept")
    return "rested"


@pages.api_route("/{path:path}", methods=["GET", "POST", "DELETE"])
async def echo(request: Request, path: str) -> Response:
    seen: dict[str, object] = {
        "method": request.method,
        "path": path,
        "query": request.url.query,
        "headers": dict(request.headers),
        "body": (await request.body()).decode(),
        "now": utc_now().isoformat(),
    }
    if path == "api/v1/keys":
        with urllib.request.urlopen(os.environ["SEATLEDGER_SIGN_IN_KEYS_URL"], timeout=5) as answer:  # noqa: ASYNC210, S310
            seen["keys"] = len(json.load(answer)["keys"])
    if path == "api/v1/broken":
        raise RuntimeError("this page is broken")
    response = Response(json.dumps(seen), status_code=201 if request.method == "POST" else 200)
    response.headers["content-type"] = "application/json"
    response.set_cookie("first", "a=b", httponly=True, samesite="strict", max_age=60)
    response.set_cookie("second", "2", secure=True)
    return response


http = func.Blueprint()  # type: ignore[no-untyped-call]


@http.route(route="{*path}", auth_level=func.AuthLevel.ANONYMOUS)
async def web(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    response: func.HttpResponse = await func.AsgiMiddleware(pages).handle_async(req, context)  # type: ignore[no-untyped-call]
    return response


app.register_functions(http)
