// approve.test.ts: every text passes one gate: what is said is short, fits the state and talks to an equal.
import assert from "node:assert/strict";
import { test } from "node:test";
import { INTERVENTIONS, STATES } from "@skelly-jelly/events";
import fc from "fast-check";
import { EXPERTISES } from "./ai-config.ts";
import { anIntervention } from "./an-intervention.ts";
import type { Reader } from "./approve.ts";
import { approve, wordCount } from "./approve.ts";
import { mask } from "./mask.ts";
import { inspect } from "./patronising.ts";
import { choicesFor } from "./template-provider.ts";
import { fill, TEMPLATES } from "./templates.ts";

const READER: Reader = {
  state: "distracted",
  flowDepthRatio: 0,
  expertise: "expert",
  charactersMax: 150,
};

test("a text that is too long loses whole sentences, never half of one", () => {
  const verdict = approve(`${"Pick one window. ".repeat(12)}`, READER);
  assert.ok(verdict.ok);
  assert.match(verdict.text, /^(Pick one window\. ?)+$/);
  assert.ok(verdict.text.length <= 150);
  assert.deepEqual(approve("word ".repeat(60), READER), { ok: false, reason: "it is too long" });
});

test("somebody in hyperfocus is given a few words", () => {
  const long = "Look up for a moment. There is water on the desk and it has been there since noon.";
  const verdict = approve(long, { ...READER, state: "hyperfocus" });
  assert.ok(verdict.ok);
  assert.equal(verdict.text, "Look up for a moment.");
});

test("a break is never offered to somebody in deep flow, whatever its case", () => {
  const deep: Reader = { ...READER, state: "flow", flowDepthRatio: 0.9 };
  assert.equal(approve("TAKE A BREAK now and then?", deep).ok, false);
  assert.equal(approve("Want to take a short break?", deep).ok, false);
  assert.equal(approve("Take a break?", READER).ok, true);
});

test("links, mark-up and a model's talk about itself are not passed on", () => {
  for (const text of [
    "See https://example.org now?",
    "**Bold** words here.",
    "As an AI language model I cannot see.",
    "<b>Hello</b> you there.",
  ]) {
    assert.equal(approve(text, READER).ok, false, text);
  }
});

test("whatever comes in, what is approved passes the filter and keeps the limits", () => {
  const piece = fc.constantFrom(
    ..."Great job|just|You've got this!|close one tab.|Don't worry,|twelve minutes|FOCUS!|what now?|obviously|you should|start|\u200b|it\u2019s easy|well|done|!|.|remember to|breathe".split(
      "|",
    ),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 300 }),
        fc.array(piece, { maxLength: 20 }).map((p) => p.join(" ")),
      ),
      fc.constantFrom(...STATES),
      fc.constantFrom(...EXPERTISES),
      (text, state, expertise) => {
        const verdict = approve(text, { ...READER, state, expertise });
        if (!verdict.ok) return;
        assert.deepEqual(inspect(verdict.text, expertise), []);
        assert.ok(verdict.text.length <= 150);
        assert.ok(wordCount(verdict.text) <= 30);
      },
    ),
    { numRuns: 500 },
  );
});

test("every template passes as it stands, in every state it is made for", () => {
  const slots = {
    lasted: "2 hours 35 minutes",
    focusToday: "3 hours 50 minutes",
    focusPercent: "45 %",
    milestone: "eight hours",
    work: "the document",
  };
  const states = {
    recovery_support: ["distracted", "transitioning"],
    gentle_nudge: ["distracted"],
    break_suggestion: ["hyperfocus"],
    gentle_encouragement: ["neutral"],
    milestone_celebration: ["neutral", "transitioning", "flow"],
  } as const;
  for (const type of INTERVENTIONS) {
    for (const template of TEMPLATES[type]) {
      const text = fill(template, slots) ?? "";
      for (const state of states[type]) {
        const flowDepthRatio = state === "flow" ? 0.9 : 0;
        const verdict = approve(text, { ...READER, state, flowDepthRatio });
        assert.deepEqual(verdict, { ok: true, text, rewrittenCount: 0 }, `${template.id} ${state}`);
      }
    }
  }
});

test("for any intervention there is a text, with no slot left open", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...INTERVENTIONS),
      fc.constantFrom(...STATES),
      fc.integer({ min: 0, max: 40_000_000 }),
      fc.integer({ min: 0, max: 40_000_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.string({ minLength: 1, maxLength: 20 }),
      (type, state, stateDurationMs, focusMsToday, productiveTimeRatio, interventionId) => {
        const milestone = type === "milestone_celebration" ? "2h" : null;
        const context = { stateDurationMs, focusMsToday, productiveTimeRatio, milestone };
        const asked = anIntervention({ interventionId, type, state, context });
        const [best] = choicesFor(asked, [], [], 12);
        assert.ok(best !== undefined);
        assert.doesNotMatch(best.text, /[{}]|null|undefined|NaN/);
        assert.deepEqual(inspect(best.text, "expert"), []);
      },
    ),
    { numRuns: 300 },
  );
});

test("no template comes again within its distance, and an unliked one not while there is another", () => {
  const recent: string[] = [];
  for (let n = 0; n < 60; n++) {
    const asked = anIntervention({ interventionId: `i-${n}` });
    const [best] = choicesFor(asked, recent, ["recovery_support/1"], 8);
    assert.ok(best !== undefined);
    assert.ok(!recent.slice(-8).includes(best.template.id), `${best.template.id} at ${n}`);
    assert.notEqual(best.template.id, "recovery_support/1");
    recent.push(best.template.id);
  }
  assert.ok(new Set(recent).size >= 9);
});

test("personal data is masked, and what only looks like it is not", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["mail anna.b@example.org now", "mail [email] now"],
    ["call +49 30 1234 5678", "call [phone]"],
    ["card 4111 1111 1111 1111", "card [card]"],
    ["ssn 078-05-1120", "ssn [ssn]"],
    ["host 192.168.1.20", "host [ip]"],
    ["at ::1 and fe80:0:0:0:1:2:3:4", "at [ip] and [ip]"],
    ["key sk-abcdefghijklmnop1234", "key [key]"],
    ["sum d41d8cd98f00b204e9800998ecf8427e", "sum [hash]"],
    ["see https://user:pw@example.org/x?y=1", "see [address]"],
    ["in /home/anna/diary.txt", "in [path]"],
    ["iban DE89 3704 0044 0532 0130 00", "iban [iban]"],
    ["12 minutes, 45 %, 2 of 3, v1.2.3", "12 minutes, 45 %, 2 of 3, v1.2.3"],
    ["4111 1111 1111 1112 is no card", "4111 1111 1111 1112 is no card"],
  ];
  for (const [text, masked] of cases) assert.equal(mask(text).text, masked);
});
