// What a support desk does to payments, customers and disputes, through Stripe's own SDK.

import assert from "node:assert/strict";
import Stripe from "stripe";

const Invalid = Stripe.errors.StripeInvalidRequestError;

/** Runs the checks against a sandbox of its own; `tools` are the helpers of check.mjs. */
export async function desk({ sandbox, client, check, all, thrown }) {
  const world = await sandbox("--customers", "300", "--restrict", "payment_intent:read,customer:read,dispute:read");
  const stripe = client(world, world.secret);
  try {
    await payments(stripe, tools(stripe, check, all, thrown));
    await customers(stripe, tools(stripe, check, all, thrown));
    await disputes(stripe, tools(stripe, check, all, thrown));
    await permissions(client(world, world.restricted), tools(stripe, check, all, thrown));
  } finally {
    world.stop();
  }
}

function tools(stripe, check, all, thrown) {
  /** The SDK's invalid-request error with this code and parameter. */
  const refused = async (promise, code, param, message) => {
    const error = await thrown(Invalid, promise);
    assert.deepEqual([error.code, error.param], [code, param], error.message);
    if (message) assert.match(error.message, message);
    return error;
  };
  /** The newest event of a type. */
  const event = async (type) => (await stripe.events.list({ type, limit: 1 })).data[0];
  return { check, all, thrown, refused, event };
}

async function payments(stripe, { check, all, refused, event }) {
  const intents = await all(stripe.paymentIntents.list({ limit: 100 }));
  const held = intents.filter((one) => one.status === "requires_capture");
  const settled = intents.find((one) => one.status === "succeeded");

  await check("payment intents are read, listed by customer and searched", async () => {
    const one = await stripe.paymentIntents.retrieve(held[0].id, { expand: ["latest_charge"] });
    assert.equal(one.latest_charge.captured, false);
    assert.ok((await all(stripe.paymentIntents.list({ customer: one.customer }))).some((other) => other.id === one.id));
    const found = await stripe.paymentIntents.search({ query: 'status:"requires_capture"' });
    assert.ok(found.data.length > 0 && found.data.every((other) => other.status === "requires_capture"));
    await refused(stripe.paymentIntents.retrieve("pi_none"), "resource_missing", "intent");
  });

  await check("a hold is captured in part, once, and the balance moves by it", async () => {
    const { id } = held.shift();
    await refused(stripe.paymentIntents.capture(id, { amount_to_capture: 9_999_999 }), "amount_too_large", "amount_to_capture");
    const taken = await stripe.paymentIntents.capture(id, { amount_to_capture: 1_000, metadata: { ticket: "T-2" } },
      { idempotencyKey: `capture-${id}` });
    assert.deepEqual([taken.status, taken.amount_received, taken.amount_capturable], ["succeeded", 1_000, 0]);
    const again = await stripe.paymentIntents.capture(id, { amount_to_capture: 1_000, metadata: { ticket: "T-2" } },
      { idempotencyKey: `capture-${id}` });
    assert.equal(again.lastResponse.headers["idempotent-replayed"], "true");
    const charge = await stripe.charges.retrieve(taken.latest_charge, { expand: ["balance_transaction"] });
    assert.deepEqual([charge.captured, charge.amount_captured, charge.balance_transaction.amount], [true, 1_000, 1_000]);
    const movement = await stripe.balanceTransactions.retrieve(charge.balance_transaction.id);
    assert.equal(movement.net, movement.amount - movement.fee);
    assert.equal((await event("charge.captured")).data.object.id, charge.id);
    const error = await refused(stripe.paymentIntents.capture(id), "payment_intent_unexpected_state", undefined, /already been captured/);
    assert.equal(error.payment_intent.id, id);
  });

  await check("a hold is let go, and what has gone through is not", async () => {
    const { id, amount } = held.shift();
    const gone = await stripe.paymentIntents.cancel(id, { cancellation_reason: "duplicate" });
    assert.deepEqual([gone.status, gone.cancellation_reason], ["canceled", "duplicate"]);
    const charge = await stripe.charges.retrieve(gone.latest_charge);
    assert.deepEqual([charge.refunded, charge.amount_refunded, charge.amount_captured], [true, amount, 0]);
    assert.equal((await event("payment_intent.canceled")).data.previous_attributes.status, "requires_capture");
    for (const one of [id, settled.id]) {
      await refused(stripe.paymentIntents.cancel(one), "payment_intent_unexpected_state", undefined, /You cannot cancel/);
    }
    await refused(stripe.paymentIntents.cancel(id, { cancellation_reason: "boredom" }), undefined, "cancellation_reason");
  });

  await check("a charge from before payment intents is captured itself", async () => {
    const charges = await all(stripe.charges.list({ limit: 100 }));
    const direct = charges.find((one) => one.payment_intent === null && !one.captured && !one.refunded);
    const taken = await stripe.charges.capture(direct.id, { amount: 20_000 });
    assert.deepEqual([taken.captured, taken.amount_captured], [true, 20_000]);
    await refused(stripe.charges.capture(direct.id), "charge_already_captured");
    const made = charges.find((one) => one.payment_intent && !one.captured && one.status === "succeeded" && !one.refunded);
    await refused(stripe.charges.capture(made.id), undefined, undefined, /PaymentIntent/);
  });

  await check("a charge takes notes", async () => {
    const { latest_charge } = settled;
    const noted = await stripe.charges.update(latest_charge, { description: "seen", fraud_details: { user_report: "safe" } });
    assert.deepEqual([noted.description, noted.fraud_details.user_report], ["seen", "safe"]);
    await refused(stripe.charges.update(latest_charge, { receipt_email: "nobody" }), "email_invalid", "receipt_email");
    const long = "k".repeat(41);
    await refused(stripe.charges.update(latest_charge, { metadata: { [long]: "v" } }), undefined, `metadata[${long}]`);
  });

  await check("a refund that waits for the customer is called back, others are not", async () => {
    const refunds = await all(stripe.refunds.list({ limit: 100 }));
    const waiting = refunds.find((one) => one.status === "requires_action");
    const before = await stripe.charges.retrieve(waiting.charge);
    const gone = await stripe.refunds.cancel(waiting.id);
    assert.equal(gone.status, "canceled");
    const back = await stripe.balanceTransactions.retrieve(gone.failure_balance_transaction);
    assert.equal(back.amount, waiting.amount);
    assert.equal((await stripe.charges.retrieve(waiting.charge)).amount_refunded, before.amount_refunded - waiting.amount);
    for (const status of ["succeeded", "pending", "failed"]) {
      const { id } = refunds.find((one) => one.status === status);
      await refused(stripe.refunds.cancel(id), undefined, undefined, /cannot be canceled/);
    }
    const noted = await stripe.refunds.update(waiting.id, { metadata: { note: "called back" } });
    assert.equal((await stripe.refunds.retrieve(waiting.id)).metadata.note, noted.metadata.note);
  });

  await check("the balance is listed by source and type", async () => {
    const page = await stripe.balanceTransactions.list({ source: settled.latest_charge });
    assert.deepEqual(page.data.map((one) => one.type), ["charge"]);
  });
}

async function customers(stripe, { check, all, refused, event }) {
  const [ada] = (await stripe.customers.list({ email: "ada@example.com" })).data;
  const everybody = await all(stripe.customers.list({ limit: 100 }));

  await check("a customer is changed, and a deleted one is not", async () => {
    const changed = await stripe.customers.update(ada.id, {
      phone: "+441632960000", address: { line1: "12 St James's Square", city: "London", country: "GB" },
      preferred_locales: ["en-GB"], metadata: { tier: "gold" },
    });
    assert.deepEqual([changed.phone, changed.address.city, changed.address.state], ["+441632960000", "London", null]);
    assert.equal((await event("customer.updated")).data.previous_attributes.phone, ada.phone);
    await refused(stripe.customers.update(ada.id, { email: "nobody" }), "email_invalid", "email");
    await refused(stripe.customers.update(ada.id, { colour: "red" }), "parameter_unknown", "colour");
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`k${at}`, "v"]));
    await refused(stripe.customers.update(ada.id, { metadata: many }), undefined, "metadata");
    await refused(stripe.customers.update("cus_none", { name: "x" }), "resource_missing", "id");
  });

  await check("credit is given, taken back and read, and adds up", async () => {
    const before = (await stripe.customers.retrieve(ada.id)).balance;
    const made = await stripe.customers.createBalanceTransaction(ada.id, { amount: -700, currency: "usd", description: "Sorry" });
    assert.deepEqual([made.ending_balance, made.type], [before - 700, "adjustment"]);
    const after = await stripe.customers.retrieve(ada.id, { expand: ["invoice_credit_balance", "cash_balance"] });
    assert.deepEqual([after.balance, after.invoice_credit_balance], [before - 700, { usd: 700 - before }]);
    assert.equal(after.cash_balance.available, null);
    assert.equal((await stripe.customers.listBalanceTransactions(ada.id)).data[0].id, made.id);
    assert.equal((await stripe.customers.retrieveBalanceTransaction(ada.id, made.id)).amount, -700);
    await stripe.customers.updateBalanceTransaction(ada.id, made.id, { description: "For the wait" });
    await stripe.customers.createBalanceTransaction(ada.id, { amount: 700, currency: "usd" });
    assert.equal((await stripe.customers.retrieve(ada.id)).balance, before);
    await refused(stripe.customers.createBalanceTransaction(ada.id, { amount: 5, currency: "bits" }), undefined, "currency");
    assert.equal((await stripe.customers.retrieveCashBalance(ada.id)).object, "cash_balance");
  });

  await check("a card is made the default, then detached for good", async () => {
    const cards = await all(stripe.paymentMethods.list({ limit: 100 }));
    const owner = cards.map((card) => card.customer).find((id, at, ids) => ids.indexOf(id) !== at);
    const mine = (await stripe.customers.listPaymentMethods(owner)).data;
    assert.ok(mine.length > 1);
    const customer = await stripe.customers.retrieve(owner);
    const other = mine.find((card) => card.id !== customer.invoice_settings.default_payment_method);
    const chosen = await stripe.customers.update(owner, { invoice_settings: { default_payment_method: other.id } });
    assert.equal(chosen.invoice_settings.default_payment_method, other.id);
    const gone = await stripe.paymentMethods.detach(other.id);
    assert.equal(gone.customer, null);
    assert.equal((await event("payment_method.detached")).data.previous_attributes.customer, owner);
    assert.equal((await stripe.customers.retrieve(owner)).invoice_settings.default_payment_method, null);
    assert.ok((await stripe.paymentMethods.list({ customer: owner })).data.every((card) => card.id !== other.id));
    await refused(stripe.paymentMethods.detach(other.id), undefined, undefined, /not attached/);
    await refused(stripe.customers.update(owner, { invoice_settings: { default_payment_method: other.id } }),
      "resource_missing", "invoice_settings[default_payment_method]", /must be attached/);
  });

  await check("a discount is taken away once", async () => {
    const one = everybody.find((customer) => customer.discount);
    const gone = await stripe.customers.deleteDiscount(one.id);
    assert.deepEqual([gone.id, gone.deleted], [one.discount.id, true]);
    assert.equal((await stripe.customers.retrieve(one.id)).discount, null);
    const error = await refused(stripe.customers.deleteDiscount(one.id), "resource_missing", "customer");
    assert.equal(error.statusCode, 404);
  });

  await check("tax ids are listed", async () => {
    const pages = await Promise.all(everybody.map((customer) => stripe.customers.listTaxIds(customer.id)));
    const found = pages.flatMap((page) => page.data);
    assert.ok(found.length > 0 && found.every((one) => one.object === "tax_id" && one.verification.status));
  });

  await check("a portal link is made, with a flow of the customer's own subscription", async () => {
    const [subscription] = (await stripe.subscriptions.list({ customer: ada.id })).data;
    const session = await stripe.billingPortal.sessions.create({
      customer: ada.id, return_url: "https://example.com/account",
      flow_data: { type: "subscription_cancel", subscription_cancel: { subscription: subscription.id } },
    });
    assert.match(session.url, /^https:\/\/billing\.stripe\.com\/p\/session\//);
    assert.equal(session.flow.subscription_cancel.subscription, subscription.id);
    await refused(stripe.billingPortal.sessions.create({ customer: ada.id, return_url: "nowhere" }), "url_invalid", "return_url");
    await refused(stripe.billingPortal.sessions.create({}), "parameter_missing", "customer");
    assert.equal((await event("billing_portal.session.created")).data.object.id, session.id);
  });

  await check("events are asked for by type, by types, not by both", async () => {
    const page = await stripe.events.list({ types: ["customer.updated", "charge.captured"], limit: 50 });
    assert.deepEqual([...new Set(page.data.map((one) => one.type))].sort(), ["charge.captured", "customer.updated"]);
    assert.equal((await stripe.events.retrieve(page.data[0].id)).id, page.data[0].id);
    await refused(stripe.events.list({ type: "a", types: ["b"] }), undefined, undefined, /only specify one/);
  });
}

async function disputes(stripe, { check, all, refused, event }) {
  const found = await all(stripe.disputes.list({ limit: 100 }));
  const open = found.filter((one) => one.status === "needs_response" && !one.evidence_details.past_due);

  await check("disputes are read and listed by charge", async () => {
    const page = await stripe.disputes.list({ charge: open[0].charge });
    assert.deepEqual(page.data.map((one) => one.id), [open[0].id]);
    assert.equal((await stripe.disputes.retrieve(open[0].id, { expand: ["charge.customer"] })).charge.customer.object, "customer");
  });

  await check("evidence is staged, handed in, and closed to changes", async () => {
    const { id } = open.shift();
    const staged = await stripe.disputes.update(id, { evidence: { customer_name: "Ada" }, submit: false });
    assert.deepEqual([staged.status, staged.evidence_details.submission_count], ["needs_response", 0]);
    await refused(stripe.disputes.update(id, { evidence: { product_description: "x".repeat(20_001) } }),
      undefined, "evidence[product_description]");
    await refused(stripe.disputes.update(id, { evidence: { receipt: "file_none" } }), "resource_missing", "evidence[receipt]");
    const sent = await stripe.disputes.update(id, { evidence: { service_date: "1 June" } });
    assert.deepEqual([sent.status, sent.evidence.customer_name], ["under_review", "Ada"]);
    assert.equal((await event("charge.dispute.updated")).data.previous_attributes.status, "needs_response");
    await refused(stripe.disputes.update(id, { evidence: { service_date: "2 June" } }), undefined, undefined, /under review/);
    await refused(stripe.disputes.close(id), undefined, undefined, /under_review/);
  });

  await check("a dispute is given up, once", async () => {
    const { id } = open.shift();
    assert.equal((await stripe.disputes.close(id)).status, "lost");
    assert.equal((await event("charge.dispute.closed")).data.object.id, id);
    await refused(stripe.disputes.close(id), undefined, undefined, /already closed/);
    await refused(stripe.disputes.update(id, { evidence: { customer_name: "x" } }), undefined, undefined, /already closed/);
    assert.equal((await stripe.disputes.update(id, { metadata: { seen: "yes" } })).metadata.seen, "yes");
  });

  await check("the deadline is the last moment for evidence", async () => {
    const late = found.find((one) => one.evidence_details.past_due);
    await refused(stripe.disputes.update(late.id, { evidence: { customer_name: "x" } }), undefined, undefined, /deadline/);
  });
}

async function permissions(restricted, { check, thrown }) {
  await check("each family asks for its own permission to change", async () => {
    const cases = [
      [() => restricted.paymentIntents.cancel("pi_1"), "payment_intent"],
      [() => restricted.customers.update("cus_1", { name: "x" }), "customer"],
      [() => restricted.paymentMethods.detach("pm_1"), "payment_method"],
      [() => restricted.billingPortal.sessions.create({ customer: "cus_1" }), "customer_portal"],
      [() => restricted.disputes.close("dp_1"), "dispute"],
      [() => restricted.refunds.cancel("re_1"), "charge"],
    ];
    for (const [ask, name] of cases) {
      const error = await thrown(Stripe.errors.StripePermissionError, ask());
      assert.match(error.message, new RegExp(`rak_${name}_write`));
    }
  });
}
