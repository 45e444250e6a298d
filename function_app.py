"""Every trigger on one page: what starts when, and who answers. No logic."""

from __future__ import annotations

import json
import typing
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from app import engine
from app.logs import set_up_logging
from app.steps import carry_digests, carry_errand, carry_events, carry_mail, carry_out
from notify import sending
from sync import accounts, closing, judging, noticing, partners, planning, requests, steps, tenants
from sync import night as orchestrators
from sync.messages import (
    OpenedRun,
    PartnerCounts,
    PlanRequest,
    PushedPlan,
    PushRequest,
    ShardRead,
    ShardRequest,
    TenantRequest,
)

set_up_logging()
app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
STORAGE = "AzureWebJobsStorage"


# What starts by itself, or because somebody asked


@app.timer_trigger(arg_name="timer", schedule="0 */15 * * * *", use_monitor=True)
@app.durable_client_input(client_name="client")
async def tick(timer: func.TimerRequest, client: df.DurableFunctionsClient) -> None:
    """Start the night that is due, or join it; what died is started again, or closed once it is too late for that."""
    for run_id in await carry_out(requests.find_due_runs):
        await engine.start(client, "night", f"night:{run_id}", run_id)
    await carry_out(closing.close_dead_runs)


@app.timer_trigger(arg_name="timer", schedule="0 5 * * * *", use_monitor=True)
async def notice(timer: func.TimerRequest) -> None:
    """See what needs a person and comes with no night: one that is missing, what ends on a day, what waits in lists."""
    await carry_out(noticing.notice_by_clock)


@app.queue_trigger(arg_name="message", queue_name="run-requests", connection=STORAGE)
@app.durable_client_input(client_name="client")
async def start_run(message: func.QueueMessage, client: df.DurableFunctionsClient) -> None:
    """Start the extra run that somebody asked for."""
    run_id = await carry_out(requests.accept_run, json.loads(message.get_body()))
    await engine.start(client, "night", f"night:{run_id}", run_id)


@app.queue_trigger(arg_name="message", queue_name="tenant-plan", connection=STORAGE)
@app.durable_client_input(client_name="client")
async def start_plan(message: func.QueueMessage, client: df.DurableFunctionsClient) -> None:
    """Start planning one tenant of one run."""
    request: TenantRequest = json.loads(message.get_body())
    await engine.start(client, "plan", f"plan:{request['run_id']}:{request['tenant_id']}", request)


@app.queue_trigger(arg_name="message", queue_name="tenant-plan-poison", connection=STORAGE)
async def give_up_message(message: func.QueueMessage) -> None:
    """A tenant whose message failed again and again is unknown tonight."""
    await carry_out(tenants.give_up_tenant, json.loads(message.get_body()))


@app.queue_trigger(arg_name="message", queue_name="send-mail", connection=STORAGE)
async def send_mail(message: func.QueueMessage) -> None:
    """Send one mail that waits."""
    await carry_mail(sending.send_mail, json.loads(message.get_body()))


@app.queue_trigger(arg_name="message", queue_name="send-mail-poison", connection=STORAGE)
async def give_up_mail(message: func.QueueMessage) -> None:
    """A mail whose message failed again and again is reported, or tried again later."""
    await carry_mail(sending.give_up_message, json.loads(message.get_body()))


@app.queue_trigger(arg_name="message", queue_name="account-errands", connection=STORAGE)
async def run_errand(message: func.QueueMessage) -> None:
    """Do what somebody asked for about a Microsoft account."""
    await carry_errand(accounts.run_errand, json.loads(message.get_body()))


@app.queue_trigger(arg_name="message", queue_name="account-errands-poison", connection=STORAGE)
async def give_up_errand(message: func.QueueMessage) -> None:
    """What failed again and again about an account is told to whoever asked for it."""
    await carry_errand(accounts.give_up_errand, json.loads(message.get_body()))


@app.timer_trigger(arg_name="timer", schedule="0 */15 * * * *", use_monitor=True)
async def send_digests(timer: func.TimerRequest) -> None:
    """Whoever's morning has come and who has none yet gets the digest of the day."""
    await carry_digests()


@app.timer_trigger(arg_name="timer", schedule="0 */5 * * * *", use_monitor=True)
async def look_after_mails(timer: func.TimerRequest) -> None:
    """Mails whose message was lost are asked for again, and those whose sender died are reported; webhooks are told."""
    await carry_mail(sending.look_after_mails)
    await carry_events()


@app.route(route="{*path}", auth_level=func.AuthLevel.ANONYMOUS)
async def serve(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Every page and API call; the web is loaded at the first one, so that it can never stop a night."""
    from app import pages

    return await pages.answer(req, context)


# The orchestrators: what follows what


@app.orchestration_trigger(context_name="context")
def night(context: Any, run_id: str) -> Any:
    """One run, from opening to closing."""
    return (yield from orchestrators.night(context, run_id))


@app.orchestration_trigger(context_name="context")
def plan(context: Any, request: dict[str, Any]) -> Any:
    """One tenant, from reading to planned."""
    return (yield from orchestrators.plan(context, typing.cast(TenantRequest, request)))


@app.orchestration_trigger(context_name="context")
def push(context: Any, request: dict[str, Any]) -> Any:
    """One PSA connection's allowed plans."""
    return (yield from orchestrators.push(context, typing.cast(PushRequest, request)))


# The steps: what touches the world


@app.activity_trigger(input_name="run")
async def open_run(run: str) -> OpenedRun:
    """Open the run."""
    return await carry_out(steps.open_run, run)


@app.activity_trigger(input_name="request")
async def read_agreements(request: ShardRequest) -> ShardRead:
    """Read one shard of one connection's agreements."""
    return await carry_out(steps.read_agreements, request)


@app.activity_trigger(input_name="run")
async def read_partners(run: str) -> PartnerCounts:
    """Read every partner account."""
    return await carry_out(partners.read_partners, run)


@app.queue_output(arg_name="messages", queue_name="tenant-plan", connection=STORAGE)
@app.activity_trigger(input_name="run")
async def queue_tenants(run: str, messages: func.Out[typing.List[str]]) -> int:  # noqa: UP006
    """One row and one message per tenant that is still to be planned."""
    requested = await carry_out(tenants.queue_tenants, run)
    messages.set([json.dumps(request) for request in requested])
    return len(requested)


@app.activity_trigger(input_name="run")
async def count_waiting_tenants(run: str) -> int:
    """How many tenants are still to be planned."""
    return await carry_out(tenants.count_waiting_tenants, run)


@app.activity_trigger(input_name="request")
async def fetch_licences(request: TenantRequest) -> bool:
    """Read one tenant."""
    return await carry_out(tenants.fetch_licences, request)


@app.activity_trigger(input_name="request")
async def plan_tenant(request: TenantRequest) -> None:
    """Plan one tenant."""
    await carry_out(planning.plan_tenant, request)


@app.activity_trigger(input_name="request")
async def give_up_tenant(request: TenantRequest) -> None:
    """Mark a tenant that could not be planned as unknown."""
    await carry_out(tenants.give_up_tenant, request)


@app.activity_trigger(input_name="run")
async def judge_night(run: str) -> list:  # type: ignore[type-arg]
    """Judge the night as a whole."""
    return list(await carry_out(judging.judge_run, run))


@app.activity_trigger(input_name="request")
async def push_agreement(request: PlanRequest) -> PushedPlan:
    """Push one allowed plan."""
    return await carry_out(steps.push_agreement, request)


@app.activity_trigger(input_name="run")
async def close_night(run: str) -> None:
    """Add the run up and close it."""
    await carry_out(closing.close_night, run)
