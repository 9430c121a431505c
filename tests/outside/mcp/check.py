"""Drives `paydesk mcp` with the Python client of the Model Context Protocol, against the embedded Stripe stand-in. What it proposes
is decided by a second process on the same data folder: the command line, and a desk in a pseudo-terminal."""

import asyncio
import json
import os
import pathlib
import subprocess
import sys

from mcp import Client, ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from desk import Desk

POLICY = """version = 1

[refunds]
max = { usd = "60.00" }
automatic = { usd = "20.00" }
reason = "optional"
daily_cap = { per_agent = { usd = "2000.00" } }

[assistant]
actions = ["refund_charge"]
"""

binary, home = sys.argv[1], pathlib.Path(sys.argv[2])
home.mkdir(parents=True)
(home / "policy.toml").write_text(POLICY)
(home / "config.toml").write_text('version = 1\n[desk]\npolicy = "policy.toml"\n')
results = {"passed": 0, "failed": 0}

sandbox = subprocess.Popen([binary, "sandbox", "--listen", "127.0.0.1:0", "--customers", "20"],
                           stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
line = sandbox.stdout.readline()
words = line.split()
base = next(word for word in words if word.startswith("http://"))
key = next(word for word in words if word.startswith("sk_test_"))
environment = {"PATH": os.environ["PATH"], "HOME": str(home), "STRIPE_API_KEY": key, "STRIPE_API_BASE": base,
               "PAYDESK_DATA_DIR": str(home / "data"), "PAYDESK_CONFIG": str(home / "config.toml"), "PAYDESK_AGENT": "maya"}
server = StdioServerParameters(command=binary, args=["mcp"], env=environment)


def paydesk(*arguments):
    """A second process: exit code and the JSON document."""
    done = subprocess.run([binary, *arguments, "--json"], env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    return done.returncode, json.loads(done.stdout)


def answer(result):
    """What a tool said: both forms alike."""
    assert json.loads(result.content[0].text) == result.structured_content, result
    return result.structured_content


async def good(client, tool, **arguments):
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result
    return answer(result)


async def bad(client, tool, **arguments):
    result = await client.call_tool(tool, arguments)
    assert result.is_error, result
    return answer(result)["error"]


async def charge(client, least):
    """A charge in US dollars with so much left."""
    cursor = None
    while True:
        page = await good(client, "list_charges", limit=50, **({"cursor": cursor} if cursor else {}))
        for row in page["stripe_data"]["data"]:
            fresh = row["captured"] and row["amount_refunded"] == 0 and not row["disputed"]
            if fresh and (row["currency"], row["status"]) == ("usd", "succeeded") and row["amount"] >= least:
                return row["id"]
        assert page["has_more"], "no charge to refund"
        cursor = page["cursor"]


async def lists(client):
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    _, catalogue = paydesk("actions")
    reads = {action["name"] for action in catalogue["result"] if action["effect"] == "read"}
    assert set(tools) == reads | {
        "find_customer", "proposal_status", "explain_charge", "find_duplicates", "customer_timeline",
        "refund_monitor", "cancel_outcomes", "refund_preflight", "refund_charge",
    }, sorted(tools)
    for name, tool in tools.items():
        hints = tool.annotations
        assert hints.read_only_hint is (name != "refund_charge") and hints.destructive_hint is (name == "refund_charge"), name
        assert tool.input_schema["type"] == "object" and tool.input_schema["additionalProperties"] is False, name
        assert tool.description, name
    assert tools["refund_charge"].input_schema["required"] == ["charge"]


async def pages(client):
    seen, cursor, count = [], None, 0
    while True:
        page = await good(client, "list_charges", limit=40, **({"cursor": cursor} if cursor else {}))
        seen += [row["id"] for row in page["stripe_data"]["data"]]
        count += 1
        if not page["has_more"]:
            break
        cursor = page["cursor"]
    assert count > 2 and len(seen) == len(set(seen)) > 100, (count, len(seen))


async def amounts(client):
    found = await good(client, "get_charge", charge=await charge(client, 100))
    data = found["stripe_data"]["data"]
    assert "no instruction" in found["stripe_data"]["notice"]
    assert data["amount_decimal"] == f"{data['amount'] // 100}.{data['amount'] % 100:02} USD", data["amount_decimal"]
    found = await good(client, "find_customer", text="ada@example.com")
    assert found["rows"] >= 1 and found["stripe_data"]["data"][0]["id"].startswith("cus_")


async def done_at_once(client):
    target = await charge(client, 2_000)
    done = await good(client, "refund_charge", charge=target, amount="5.00", reason="duplicate")
    assert done["state"] == "done" and done["stripe_data"]["data"]["amount_decimal"] == "5.00 USD", done


async def denied(client):
    target = await charge(client, 9_000)
    error = await bad(client, "refund_charge", charge=target, amount="61.00")
    assert (error["kind"], error["rule"]) == ("denied", "refunds.max") and "$60.00" in error["allowed"], error
    error = await bad(client, "cancel_subscription", subscription="sub_1")
    assert error["kind"] in ("denied", "facts"), error
    error = await bad(client, "get_charge", chrage="ch_1")
    assert "did you mean `charge`?" in error["message"], error


async def confirmed(client):
    target = await charge(client, 3_000)
    asked = await good(client, "refund_charge", charge=target, amount="25.00", why="she wrote that she paid twice")
    assert asked["state"] == "waiting" and asked["proposal"].startswith("prop_"), asked
    status = await good(client, "proposal_status", proposal=asked["proposal"])
    assert status["state"] == "waiting", status
    code, done = paydesk("approve", asked["proposal"], "--yes")
    assert code == 0 and done["result"]["amount"] == 2_500, done
    status = await good(client, "proposal_status", proposal=asked["proposal"])
    assert (status["state"], status["by"], status["result_id"]) == ("done", "maya", done["result"]["id"]), status


async def refused(client):
    target = await charge(client, 3_000)
    asked = await good(client, "refund_charge", charge=target, amount="26.00")
    code, _ = paydesk("approve", asked["proposal"], "--refuse", "she has it back already")
    status = await good(client, "proposal_status", proposal=asked["proposal"])
    assert code == 0 and (status["state"], status["reason"]) == ("refused", "she has it back already"), status


def refunded(charge):
    """By a second process: what went back of a charge."""
    code, read = paydesk("run", "get_charge", f"charge={charge}")
    assert code == 0, read
    return read["result"]["amount_refunded"]


async def at_the_desk(client):
    """Two proposals meet a person: one is confirmed in its form, the other refused with a reason, and the client reads both."""
    good_one = await charge(client, 3_000)
    asked = await good(client, "refund_charge", charge=good_one, amount="27.00", reason="duplicate", why="she paid twice")
    other = await good(client, "refund_charge", charge=good_one, amount="28.00", why="and once more")
    assert (asked["state"], other["state"]) == ("waiting", "waiting"), (asked, other)
    desk = Desk(binary, environment)
    try:
        desk.until("find a customer").still()
        # By itself: together with a letter it would be another key.
        desk.press("\x1b").still()
        desk.press("A").until("2 proposals wait", "she paid twice", "and once more").still()
        desk.press("\r").until("assistant asks for it", "she paid twice", "27.00").still()
        assert refunded(good_one) == 0, "looking confirms nothing"
        desk.press("\r").until("Type the amount again to confirm").still()
        desk.press("27.00").still()
        desk.press("\r").until("refunding $27.00")
        assert refunded(good_one) == 0, "it is held"
        desk.until("refunded $27.00").still()
        desk.press("\x1b").still()
        desk.press("A").until("1 proposal waits", "and once more").still()
        desk.press("x").until("Refuse, since").still()
        desk.press("she has it back already\r").until("nothing waits for a person")
    finally:
        left = desk.close()
    assert left == 0, f"it does not leave in order: {left}"
    assert refunded(good_one) == 2_700
    status = await good(client, "proposal_status", proposal=asked["proposal"])
    assert (status["state"], status["by"]) == ("done", "maya") and status["result_id"].startswith("re_"), status
    status = await good(client, "proposal_status", proposal=other["proposal"])
    assert (status["state"], status["reason"]) == ("refused", "she has it back already"), status


CHECKS = [lists, pages, amounts, done_at_once, denied, confirmed, refused, at_the_desk]


async def check(name, work):
    try:
        await work
        results["passed"] += 1
        print(f"ok      {name}")
    except Exception as error:
        results["failed"] += 1
        print(f"FAILED  {name}: {type(error).__name__}: {error}")


async def handshake():
    """The way in of the protocol's earlier versions."""
    async with stdio_client(server) as (reads, writes), ClientSession(reads, writes) as session:
        welcome = await session.initialize()
        assert welcome.server_info.name == "paydesk" and welcome.capabilities.tools is not None, welcome
        assert "never an instruction" in welcome.instructions, welcome.instructions
        assert len((await session.list_tools()).tools) > 10


async def main():
    await check("initialise, list", handshake())
    async with Client(server) as client:
        print(f"        protocol {client.protocol_version}")
        for one in CHECKS:
            await check(one.__name__.replace("_", " "), one(client))
    code, whole = paydesk("audit", "verify")
    assert code == 0, whole


try:
    asyncio.run(main())
finally:
    sandbox.terminate()
    sandbox.wait()
print(f"{results['passed']} passed, {results['failed']} failed")
sys.exit(1 if results["failed"] or results["passed"] != len(CHECKS) + 1 else 0)
