// Every endpoint of subscriptions, invoices and products through Stripe's own SDK: one success, and what their
// states refuse, by the class of the error.

import assert from "node:assert/strict";
import Stripe from "stripe";

const { StripeInvalidRequestError, StripeCardError, StripePermissionError, StripeIdempotencyError } = Stripe.errors;

/** The SDK's error of this class, or a failure. */
async function thrown(kind, promise) {
  const error = await promise.then(() => assert.fail("it went through"), (error) => error);
  assert.ok(error instanceof kind, `${error.constructor.name} instead of ${kind.name}: ${error.message}`);
  return error;
}

async function all(list) {
  const found = [];
  for await (const one of list) found.push(one);
  return found;
}

/** Runs the checks against a sandbox that nobody else writes to. */
export async function billing({ check, stripe, restricted }) {
  const owner = async (email) => (await stripe.customers.list({ email })).data[0].id;
  const subscriptionOf = async (email) =>
    (await stripe.subscriptions.list({ customer: await owner(email), status: "all" })).data[0];
  const invoiceOf = async (email, status) =>
    (await stripe.invoices.list({ customer: await owner(email), status, limit: 1 })).data[0] ?? assert.fail(`no ${status}`);
  const priceOf = async (key) => (await stripe.prices.list({ lookup_keys: [key] })).data[0];
  const refusedInvoice = (promise) => thrown(StripeInvalidRequestError, promise);

  await check("products, prices, coupons and promotion codes are listed, read and searched", async () => {
    const products = await all(stripe.products.list({ limit: 5 }));
    assert.ok(products.some((one) => !one.active));
    const pro = (await stripe.products.search({ query: "name~\"pro\" AND active:\"true\"" })).data[0];
    assert.equal((await stripe.products.retrieve(pro.id)).name, "Pro");
    const prices = await all(stripe.prices.list({ product: pro.id, currency: "usd", recurring: { interval: "year" } }));
    assert.equal(prices.length, 1);
    const found = (await stripe.prices.search({ query: `product:"${pro.id}" AND currency:"usd"` })).data;
    assert.ok(found.some((one) => one.id === prices[0].id));
    const price = await stripe.prices.retrieve(prices[0].id, { expand: ["product"] });
    assert.equal(price.product.name, "Pro");
    const tiered = (await all(stripe.prices.list({ limit: 100, expand: ["data.tiers"] }))).find((one) => one.billing_scheme === "tiered");
    assert.equal(tiered.tiers.length, 2);
    const [code] = (await stripe.promotionCodes.list({ code: "welcome20", active: true })).data;
    assert.equal((await stripe.promotionCodes.retrieve(code.id, { expand: ["promotion.coupon"] })).promotion.coupon.percent_off, 20);
    assert.equal((await stripe.coupons.retrieve("SUMMER24")).valid, false);
    assert.ok((await all(stripe.coupons.list())).length > 4);
    await thrown(StripeInvalidRequestError, stripe.products.retrieve("prod_none"));
    await thrown(StripeInvalidRequestError, stripe.promotionCodes.retrieve("promo_none"));
  });

  await check("subscriptions are listed and searched", async () => {
    const barbara = await owner("barbara@example.com");
    const sent = await all(stripe.subscriptions.list({ collection_method: "send_invoice", status: "past_due" }));
    assert.ok(sent.some((one) => one.customer === barbara && one.days_until_due === 20));
    const found = await stripe.subscriptions.search({ query: "status:\"past_due\"", limit: 3 });
    assert.equal(found.object, "search_result");
    const grace = await subscriptionOf("grace@example.com");
    const whole = await stripe.subscriptions.retrieve(grace.id, { expand: ["latest_invoice.payments", "items.data.price.product"] });
    assert.equal(whole.latest_invoice.payments.data[0].status, "paid");
    assert.equal(whole.items.data[0].price.product.object, "product");
  });

  await check("a plan change costs what its preview said", async () => {
    const { id, items } = await subscriptionOf("grace@example.com");
    const change = {
      items: [{ id: items.data[0].id, price: (await priceOf("business_month_usd")).id, quantity: 2 }],
      proration_behavior: "always_invoice",
      proration_date: items.data[0].current_period_start + 777_777,
    };
    const preview = await stripe.invoices.createPreview({ subscription: id, subscription_details: change });
    const after = await stripe.subscriptions.update(id, { ...change, expand: ["latest_invoice"] });
    const amounts = (invoice) => invoice.lines.data.map((line) => [line.description, line.amount]);
    assert.deepEqual(amounts(after.latest_invoice), amounts(preview));
    assert.deepEqual([after.latest_invoice.status, after.latest_invoice.amount_paid], ["paid", preview.amount_due]);
    const longer = { items: [{ id: items.data[0].id, price: (await priceOf("pro_year_usd")).id, quantity: 1 }] };
    const moved = await stripe.subscriptions.update(id, longer);
    assert.equal(moved.billing_cycle_anchor, moved.items.data[0].current_period_start);
  });

  await check("updates that make no sense: StripeInvalidRequestError that names the parameter", async () => {
    const { id, items } = await subscriptionOf("alan@example.com");
    const item = items.data[0].id;
    const [euro] = (await stripe.prices.list({ currency: "eur", limit: 1 })).data;
    for (const [params, code, param] of [
      [{ items: [{ id: item, price: euro.id }] }, undefined, "items[0][price]"],
      [{ items: [{ id: item, price: "price_none" }] }, "resource_missing", "items[0][price]"],
      [{ trial_end: 1_000 }, undefined, "trial_end"],
      [{ discounts: [{ coupon: "SUMMER24" }] }, "coupon_expired", "discounts[0][coupon]"],
      [{ colour: "red" }, "parameter_unknown", "colour"],
    ]) {
      const error = await thrown(StripeInvalidRequestError, stripe.subscriptions.update(id, params));
      assert.deepEqual([error.code, error.param], [code, param]);
    }
    const donald = await subscriptionOf("donald@example.com");
    const counted = donald.items.data.find((one) => one.price.recurring.usage_type === "metered");
    const error = await thrown(StripeInvalidRequestError, stripe.subscriptions.update(donald.id, { items: [{ id: counted.id, quantity: 2 }] }));
    assert.match(error.message, /usage_type is `metered`/);
  });

  await check("discounts are put on and taken off", async () => {
    const { id } = await subscriptionOf("alan@example.com");
    const [code] = (await stripe.promotionCodes.list({ code: "THANKYOU" })).data;
    const after = await stripe.subscriptions.update(id, { discounts: [{ promotion_code: code.id }], expand: ["discounts"] });
    assert.equal(after.discounts[0].source.coupon, "LOYAL10");
    const gone = await stripe.subscriptions.deleteDiscount(id);
    assert.equal(gone.deleted, true);
    const error = await thrown(StripeInvalidRequestError, stripe.subscriptions.deleteDiscount(id));
    assert.equal(error.statusCode, 404);
  });

  await check("collection is paused, the period is paused, and both go on", async () => {
    const { id } = await subscriptionOf("alan@example.com");
    const held = await stripe.subscriptions.update(id, { pause_collection: { behavior: "void" } });
    assert.deepEqual([held.status, held.pause_collection.behavior], ["active", "void"]);
    assert.equal((await stripe.subscriptions.update(id, { pause_collection: "" })).pause_collection, null);
    const error = await thrown(StripeInvalidRequestError, stripe.subscriptions.resume(id));
    assert.equal(error.message, "You can only resume a subscription if it is `paused`.");
    const paused = await stripe.subscriptions.pause(id, { invoicing_behavior: "invoice" });
    assert.equal(paused.status_details.paused.subscription.type, "pause_requested");
    const preview = await stripe.invoices.createPreview({ subscription: id, subscription_details: { resume_at: "now" } });
    const resumed = await stripe.subscriptions.resume(id, { billing_cycle_anchor: { type: "now" }, expand: ["latest_invoice"] });
    assert.deepEqual([resumed.status, resumed.latest_invoice.total], ["active", preview.total]);
  });

  await check("schedules are read, released once, and take their subscription with them", async () => {
    const katherine = await owner("katherine@example.com");
    const schedules = await all(stripe.subscriptionSchedules.list({ customer: katherine }));
    const active = schedules.find((one) => one.status === "active");
    assert.equal((await stripe.subscriptionSchedules.retrieve(active.id)).phases.length, 2);
    const bound = await thrown(StripeInvalidRequestError, stripe.subscriptions.update(active.subscription, { cancel_at_period_end: true }));
    assert.match(bound.message, /managed by the subscription schedule/);
    const released = await stripe.subscriptionSchedules.release(active.id);
    assert.deepEqual([released.status, released.released_subscription], ["released", active.subscription]);
    for (const verb of ["release", "cancel"]) {
      const again = stripe.subscriptionSchedules[verb](active.id);
      assert.match((await thrown(StripeInvalidRequestError, again)).message, /currently in the `released` status/);
    }
    const [waiting] = (await stripe.subscriptionSchedules.list({ customer: katherine, scheduled: true })).data;
    assert.equal((await stripe.subscriptionSchedules.cancel(waiting.id)).status, "canceled");
    assert.equal((await stripe.events.list({ type: "subscription_schedule.released" })).data[0].data.object.id, active.id);
  });

  await check("an invoice waits, gets an item, is finalised, paid, and cannot be once more", async () => {
    const draft = await invoiceOf("margaret@example.com", "draft");
    const item = await stripe.invoiceItems.create({ customer: draft.customer, invoice: draft.id, amount: 450, currency: "usd" });
    assert.equal((await stripe.invoiceItems.retrieve(item.id)).invoice, draft.id);
    assert.equal((await stripe.invoices.retrieve(draft.id)).subtotal, draft.subtotal + 450);
    assert.equal((await stripe.invoiceItems.del(item.id)).deleted, true);
    const lines = await all(stripe.invoices.listLineItems(draft.id, { limit: 1 }));
    assert.equal(lines.length, draft.lines.data.length);
    const open = await stripe.invoices.finalizeInvoice(draft.id);
    assert.deepEqual([open.status, open.attempt_count], ["open", 0]);
    await refusedInvoice(stripe.invoices.finalizeInvoice(draft.id));
    const options = { idempotencyKey: `pay-${draft.id}` };
    const paid = await stripe.invoices.pay(draft.id, {}, options);
    assert.deepEqual([paid.status, paid.amount_paid], ["paid", open.amount_due]);
    assert.equal((await stripe.invoices.pay(draft.id, {}, options)).lastResponse.headers["idempotent-replayed"], "true");
    await thrown(StripeIdempotencyError, stripe.invoices.pay(draft.id, { paid_out_of_band: true }, options));
    assert.equal((await refusedInvoice(stripe.invoices.pay(draft.id))).message, "Invoice is already paid");
    await refusedInvoice(stripe.invoices.voidInvoice(draft.id));
    const [payment] = (await stripe.invoicePayments.list({ invoice: draft.id })).data;
    const whole = await stripe.invoicePayments.retrieve(payment.id, { expand: ["payment.payment_intent.latest_charge"] });
    assert.equal(whole.payment.payment_intent.latest_charge.amount, open.amount_due);
    const by = await stripe.invoicePayments.list({ payment: { type: "payment_intent", payment_intent: whole.payment.payment_intent.id } });
    assert.equal(by.data[0].invoice, draft.id);
  });

  await check("a card that declines: StripeCardError, and the invoice stays open", async () => {
    const open = await invoiceOf("edsger@example.com", "open");
    const error = await thrown(StripeCardError, stripe.invoices.pay(open.id));
    assert.deepEqual([error.statusCode, error.code, error.decline_code], [402, "card_declined", "generic_decline"]);
    const after = await stripe.invoices.retrieve(open.id);
    assert.deepEqual([after.status, after.attempt_count], ["open", open.attempt_count + 1]);
    const outside = await stripe.invoices.pay(open.id, { paid_out_of_band: true });
    assert.deepEqual([outside.status, outside.amount_paid_off_stripe], ["paid", open.amount_due]);
  });

  await check("invoices are sent, given up and void, each in its state only", async () => {
    const [late, soon] = (await stripe.invoices.list({ customer: await owner("barbara@example.com"), status: "open" })).data
      .toSorted((a, b) => a.due_date - b.due_date);
    assert.equal((await stripe.invoices.sendInvoice(late.id)).id, late.id);
    assert.equal((await stripe.invoices.markUncollectible(late.id)).status, "uncollectible");
    await refusedInvoice(stripe.invoices.markUncollectible(late.id));
    assert.equal((await stripe.invoices.voidInvoice(soon.id)).status, "void");
    for (const verb of ["voidInvoice", "pay", "sendInvoice"]) {
      await refusedInvoice(stripe.invoices[verb](soon.id));
    }
    const automatic = await invoiceOf("ada@example.com", "paid");
    assert.match((await refusedInvoice(stripe.invoices.sendInvoice(automatic.id))).message, /collection method is 'send_invoice'/);
    const draft = await invoiceOf("margaret@example.com", "draft");
    await refusedInvoice(stripe.invoices.voidInvoice(draft.id));
    assert.ok((await stripe.invoices.search({ query: "status:\"void\"" })).data.length > 0);
  });

  await check("credit notes are previewed, issued, and void while their invoice is open", async () => {
    const paid = await invoiceOf("ada@example.com", "paid");
    const params = { invoice: paid.id, amount: 700, refund_amount: 500, credit_amount: 200, reason: "duplicate" };
    const preview = await stripe.creditNotes.preview(params);
    assert.equal((await stripe.creditNotes.listPreviewLineItems(params)).data.length, 1);
    const note = await stripe.creditNotes.create(params);
    assert.deepEqual([note.total, note.post_payment_amount], [preview.total, preview.post_payment_amount]);
    assert.equal((await stripe.refunds.retrieve(note.refunds[0].refund)).amount, 500);
    assert.equal((await stripe.creditNotes.retrieve(note.id, { expand: ["customer_balance_transaction"] })).customer_balance_transaction.amount, -200);
    assert.equal((await stripe.creditNotes.listLineItems(note.id)).data.length, 1);
    await thrown(StripeInvalidRequestError, stripe.creditNotes.voidCreditNote(note.id));
    await thrown(StripeInvalidRequestError, stripe.creditNotes.create({ invoice: paid.id, amount: paid.total, credit_amount: paid.total }));
    const open = await invoiceOf("frances@example.com", "open");
    const lower = await stripe.creditNotes.create({ invoice: open.id, amount: 300 });
    assert.equal((await stripe.invoices.retrieve(open.id)).amount_remaining, open.amount_remaining - 300);
    assert.equal((await stripe.creditNotes.voidCreditNote(lower.id)).status, "void");
    await thrown(StripeInvalidRequestError, stripe.creditNotes.voidCreditNote(lower.id));
    assert.ok((await all(stripe.creditNotes.list({ invoice: open.id }))).length >= 3);
  });

  await check("a change leaves what it was before in the log", async () => {
    const { id } = await subscriptionOf("alan@example.com");
    await stripe.subscriptions.update(id, { description: "seen" });
    // What happens within one second has no order, and other periods end meanwhile.
    const events = (await stripe.events.list({ type: "customer.subscription.updated", limit: 100 })).data;
    const event = events.find((one) => one.data.object.id === id);
    assert.deepEqual(event.data.previous_attributes, { description: null });
  });

  await check("a restricted key may not bill: StripePermissionError", async () => {
    const { id } = await subscriptionOf("alan@example.com");
    for (const ask of [
      () => restricted.subscriptions.update(id, { description: "x" }),
      () => restricted.invoices.createPreview({ subscription: id }),
      () => restricted.creditNotes.list(),
      () => restricted.invoiceItems.create({ customer: "cus_1", amount: 5, currency: "usd" }),
    ]) {
      assert.match((await thrown(StripePermissionError, ask())).message, /rak_\w+_(read|write)/);
    }
  });

  await check("a canceled subscription is over", async () => {
    const { id } = await subscriptionOf("alan@example.com");
    const gone = await stripe.subscriptions.cancel(id, { prorate: true, invoice_now: true });
    assert.equal(gone.status, "canceled");
    const error = await thrown(StripeInvalidRequestError, stripe.subscriptions.update(id, { cancel_at_period_end: true }));
    assert.equal(error.code, "invalid_canceled_subscription_fields");
    const nothing = await thrown(StripeInvalidRequestError, stripe.invoices.createPreview({ subscription: id }));
    assert.equal(nothing.code, "invoice_upcoming_none");
  });
}
