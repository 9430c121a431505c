// Drives Stripe's own SDK against `paydesk sandbox` and looks at what comes back.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import Stripe from "stripe";
import { billing } from "./billing.mjs";
import { desk } from "./desk.mjs";

const binary = process.argv[2];

/** Starts a sandbox; gives its address, its keys and how to stop it. */
async function sandbox(...options) {
  const child = spawn(binary, ["sandbox", "--listen", "127.0.0.1:0", ...options], { stdio: ["ignore", "pipe", "inherit"] });
  process.on("exit", () => child.kill());
  for await (const line of createInterface(child.stdout)) {
    const [base, secret, restricted] = line.split(/\s+/);
    return { base: new URL(base), secret, restricted, stop: () => child.kill() };
  }
  throw new Error("the sandbox said nothing");
}

/** `GET /v1/charges/ch_1` of every call that was answered with an object. */
const answered = new Set();

function client(world, key, more = {}) {
  const { hostname, port } = world.base;
  const made = new Stripe(key, { host: hostname, port, protocol: "http", maxNetworkRetries: 0, telemetry: false, ...more });
  made.on("response", ({ method, path, status }) => {
    if (status === 200) answered.add(`${method} ${path.split("?")[0]}`);
  });
  return made;
}

const world = await sandbox("--customers", "60", "--restrict", "charge:read,customer:read");
const stripe = client(world, world.secret);
const count = { passed: 0, failed: 0 };

async function check(name, test) {
  try {
    await test();
    count.passed += 1;
    console.log(`ok      ${name}`);
  } catch (error) {
    count.failed += 1;
    console.log(`FAILED  ${name}: ${error.stack ?? error}`);
  }
}

async function all(list) {
  const found = [];
  for await (const one of list) found.push(one);
  return found;
}

const distinct = (found) => new Set(found.map((one) => one.id)).size;
const charges = await all(stripe.charges.list({ limit: 100 }));
const fits = charges.filter((charge) => charge.paid && charge.captured && charge.currency === "usd" && !charge.disputed
  && charge.amount_refunded === 0 && charge.amount > 1_000 && charge.payment_intent);
const take = () => fits.shift() ?? assert.fail("no charge left to refund");
const active = (await all(stripe.subscriptions.list({ status: "active", limit: 100 })))
  .filter((one) => !one.cancel_at_period_end && !one.cancel_at && !one.schedule);
const takeSubscription = () => active.shift() ?? assert.fail("no subscription left to cancel");
/** The SDK's error of this class, or a failure. */
async function thrown(kind, promise) {
  const error = await promise.then(() => assert.fail("it went through"), (error) => error);
  assert.ok(error instanceof kind, `${error.constructor.name} instead of ${kind.name}: ${error.message}`);
  return error;
}

await check("the account is read", async () => {
  const account = await stripe.accounts.retrieveCurrent();
  assert.match(account.id, /^acct_/);
});

await check("a list gives ten unless told otherwise, newest first", async () => {
  const page = await stripe.charges.list();
  assert.equal(page.data.length, 10);
  assert.equal(page.has_more, true);
  const times = page.data.map((charge) => charge.created);
  assert.deepEqual(times, times.toSorted((a, b) => b - a));
});

await check("auto-pagination gives every charge once, whatever the page size", async () => {
  assert.equal(distinct(charges), charges.length);
  for (const limit of [7, 33]) {
    const again = await all(stripe.charges.list({ limit }));
    assert.deepEqual(again.map((charge) => charge.id), charges.map((charge) => charge.id));
  }
});

await check("pages backwards with ending_before", async () => {
  const page = await stripe.charges.list({ limit: 5, ending_before: charges[8].id });
  assert.deepEqual(page.data.map((charge) => charge.id), charges.slice(3, 8).map((charge) => charge.id));
});

await check("created bounds are kept", async () => {
  const middle = charges[Math.floor(charges.length / 2)].created;
  const newer = await all(stripe.charges.list({ limit: 100, created: { gte: middle } }));
  assert.equal(newer.length, charges.filter((charge) => charge.created >= middle).length);
});

await check("every kind of list ends, without duplicates", async () => {
  for (const list of [stripe.customers, stripe.refunds, stripe.subscriptions, stripe.invoices, stripe.paymentIntents, stripe.disputes]) {
    const found = await all(list.list({ limit: 20 }));
    assert.ok(found.length > 0);
    assert.equal(distinct(found), found.length);
  }
});

await check("search follows its pages", async () => {
  const found = await all(stripe.charges.search({ query: "status:'succeeded'", limit: 25 }));
  assert.equal(distinct(found), found.length);
  assert.ok(found.length > 25 && found.every((charge) => charge.status === "succeeded"));
});

await check("a customer is found by e-mail, in list and search", async () => {
  const [ada] = (await stripe.customers.list({ email: "ada@example.com" })).data;
  assert.equal(ada.name, "Ada Lovelace");
  const found = await stripe.customers.search({ query: 'email:"ada@example.com"' });
  assert.deepEqual(found.data.map((one) => one.id), [ada.id]);
});

await check("expand gives objects in the place of ids", async () => {
  const plain = fits[0];
  const charge = await stripe.charges.retrieve(plain.id, { expand: ["customer", "balance_transaction", "payment_intent.payment_method"] });
  assert.equal(charge.customer.object, "customer");
  assert.equal(charge.customer.id, plain.customer);
  assert.equal(charge.balance_transaction.source, charge.id);
  assert.equal(charge.payment_intent.payment_method.object, "payment_method");
  const page = await stripe.charges.list({ limit: 3, expand: ["data.customer"] });
  assert.ok(page.data.every((one) => one.customer === null || one.customer.object === "customer"));
});

await check("a refund is made once under one key", async () => {
  const charge = take();
  const fields = { charge: charge.id, amount: 300, reason: "duplicate", metadata: { ticket: "T-1" } };
  const options = { idempotencyKey: `outside-${charge.id}` };
  const first = await stripe.refunds.create(fields, options);
  const second = await stripe.refunds.create(fields, options);
  assert.equal(second.id, first.id);
  assert.equal(first.lastResponse.headers["idempotent-replayed"], undefined);
  assert.equal(second.lastResponse.headers["idempotent-replayed"], "true");
  assert.equal(second.lastResponse.headers["original-request"], first.lastResponse.requestId);
  assert.notEqual(second.lastResponse.requestId, first.lastResponse.requestId);
  assert.equal((await stripe.charges.retrieve(charge.id)).amount_refunded, 300);
  assert.deepEqual((await stripe.refunds.list({ charge: charge.id })).data.map((one) => one.id), [first.id]);
  assert.equal(first.metadata.ticket, "T-1");
});

await check("a refund by payment intent takes the rest", async () => {
  const charge = take();
  await stripe.refunds.create({ charge: charge.id, amount: 400 });
  const rest = await stripe.refunds.create({ payment_intent: charge.payment_intent });
  assert.equal(rest.amount, charge.amount - 400);
  const after = await stripe.charges.retrieve(charge.id);
  assert.deepEqual([after.refunded, after.amount_refunded], [true, charge.amount]);
  const error = await thrown(Stripe.errors.StripeInvalidRequestError, stripe.refunds.create({ charge: charge.id }));
  assert.equal(error.code, "charge_already_refunded");
});

await check("the same key with other parameters: StripeIdempotencyError", async () => {
  const charge = take();
  const options = { idempotencyKey: `other-${charge.id}` };
  await stripe.refunds.create({ charge: charge.id, amount: 100 }, options);
  await thrown(Stripe.errors.StripeIdempotencyError, stripe.refunds.create({ charge: charge.id, amount: 200 }, options));
  assert.equal((await stripe.charges.retrieve(charge.id)).amount_refunded, 100);
});

await check("more than is left, and what is not there: StripeInvalidRequestError", async () => {
  const charge = take();
  const more = await thrown(Stripe.errors.StripeInvalidRequestError,
    stripe.refunds.create({ charge: charge.id, amount: charge.amount + 1 }));
  assert.match(more.message, /greater than unrefunded amount/);
  const missing = await thrown(Stripe.errors.StripeInvalidRequestError, stripe.charges.retrieve("ch_doesnotexist"));
  assert.deepEqual([missing.statusCode, missing.code], [404, "resource_missing"]);
  const unknown = await thrown(Stripe.errors.StripeInvalidRequestError, stripe.refunds.create({ charge: charge.id, colour: "red" }));
  assert.deepEqual([unknown.code, unknown.param], ["parameter_unknown", "colour"]);
});

await check("a wrong key: StripeAuthenticationError", async () => {
  await thrown(Stripe.errors.StripeAuthenticationError, client(world, "sk_test_wrong").charges.list());
});

await check("a restricted key: StripePermissionError that names the permission", async () => {
  const restricted = client(world, world.restricted);
  assert.equal((await restricted.charges.list({ limit: 1 })).data.length, 1);
  const error = await thrown(Stripe.errors.StripePermissionError, restricted.refunds.create({ charge: fits[0].id }));
  assert.equal(error.statusCode, 403);
  assert.match(error.message, /rak_\w+_write/);
  assert.equal((await stripe.charges.retrieve(fits[0].id)).amount_refunded, 0);
});

await check("cancel at period end, take it back, cancel now, and once more", async () => {
  const { id } = takeSubscription();
  const ending = await stripe.subscriptions.update(id, { cancel_at_period_end: true });
  assert.deepEqual([ending.status, ending.cancel_at_period_end], ["active", true]);
  assert.ok(ending.cancel_at >= ending.items.data[0].current_period_start);
  const kept = await stripe.subscriptions.update(id, { cancel_at_period_end: false });
  assert.deepEqual([kept.cancel_at_period_end, kept.cancel_at], [false, null]);
  const gone = await stripe.subscriptions.cancel(id, { cancellation_details: { feedback: "too_expensive" } });
  assert.deepEqual([gone.status, gone.cancellation_details.feedback], ["canceled", "too_expensive"]);
  const error = await thrown(Stripe.errors.StripeInvalidRequestError, stripe.subscriptions.cancel(id));
  assert.deepEqual([error.statusCode, error.code], [404, "resource_missing"]);
  assert.equal((await stripe.subscriptions.retrieve(id)).status, "canceled");
});

await check("the next invoice, and what cancelling now would give back, are previewed", async () => {
  const { id } = takeSubscription();
  const next = await stripe.invoices.createPreview({ subscription: id });
  assert.equal(next.object, "invoice");
  assert.ok(next.lines.data.length > 0);
  const credit = await stripe.invoices.createPreview({
    subscription: id, subscription_details: { cancel_now: true, proration_behavior: "always_invoice" } });
  assert.ok(credit.lines.data.every((line) => Number.isInteger(line.amount)));
  assert.equal((await stripe.subscriptions.retrieve(id)).status, "active");
});

await check("lost answers: the SDK's own retry does not refund twice", async () => {
  const faulty = await sandbox("--customers", "20", "--fault", "reset-after@POST /v1/refunds#1");
  try {
    const there = client(faulty, faulty.secret, { maxNetworkRetries: 2 });
    const charge = (await all(there.charges.list({ limit: 100 })))
      .find((one) => one.paid && one.captured && !one.disputed && one.amount_refunded === 0 && one.amount > 1_000);
    const refund = await there.refunds.create({ charge: charge.id, amount: 500 });
    const found = (await there.refunds.list({ charge: charge.id })).data.filter((one) => one.status !== "failed");
    assert.deepEqual(found.map((one) => one.id), [refund.id]);
  } finally {
    faulty.stop();
  }
});

await check("429 is a StripeRateLimitError, a stored 500 a StripeAPIError under its key", async () => {
  const faulty = await sandbox("--customers", "5", "--fault", "429@GET /v1/customers,500-after@POST /v1/refunds#1");
  try {
    const there = client(faulty, faulty.secret);
    await thrown(Stripe.errors.StripeRateLimitError, there.customers.list());
    const charge = (await all(there.charges.list({ limit: 100 })))
      .find((one) => one.paid && one.captured && !one.disputed && one.amount_refunded === 0 && one.amount > 1_000);
    const options = { idempotencyKey: "stored" };
    const fields = { charge: charge.id, amount: 500 };
    await thrown(Stripe.errors.StripeAPIError, there.refunds.create(fields, options));
    await thrown(Stripe.errors.StripeAPIError, there.refunds.create(fields, options));
    assert.equal((await there.charges.retrieve(charge.id)).amount_refunded, 500);
  } finally {
    faulty.stop();
  }
});

await check("a change leaves an event", async () => {
  const charge = take();
  const refund = await stripe.refunds.create({ charge: charge.id, amount: 250 });
  const events = await stripe.events.list({ type: "charge.refunded", limit: 5 });
  assert.equal(events.data[0].data.object.id, charge.id);
  const made = await stripe.events.list({ type: "refund.created", limit: 5 });
  assert.equal(made.data[0].data.object.id, refund.id);
});

await desk({ sandbox, client, check, all, thrown });
const books = await sandbox("--customers", "60", "--restrict", "charge:read,customer:read,subscription:read,invoice:read");
await billing({ check, stripe: client(books, books.secret), restricted: client(books, books.restricted) });
books.stop();

await check("every endpoint of the catalogue was called and answered", () => {
  const { result: actions } = JSON.parse(execFileSync(binary, ["actions", "--json"]));
  assert.equal(actions.length, 64);
  // `/v1/charges/search` is no charge by its id.
  const whole = new Set(actions.map(({ method, path }) => `${method} ${path}`));
  const untouched = actions.filter(({ method, path }) => {
    const own = `${method} ${path}`;
    const shape = new RegExp(`^${own.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
    return ![...answered].some((call) => call === own || (shape.test(call) && !whole.has(call)));
  });
  assert.deepEqual(untouched.map(({ name, method, path }) => `${name}: ${method} ${path}`), []);
});

world.stop();
console.log(`node sdk: ${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed === 0 ? 0 : 1;
