// speaker.test.ts: an intervention comes in, one message and one command go out, whatever the provider does.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { GamificationIntervention } from "@skelly-jelly/events";
import { check, INTERVENTIONS } from "@skelly-jelly/events";
import type { AiConfig } from "./ai-config.ts";
import { AI_DEFAULTS } from "./ai-config.ts";
import { anIntervention } from "./an-intervention.ts";
import { inspect } from "./patronising.ts";
import type { Provider, ProviderAnswer } from "./provider.ts";
import type { Speaker } from "./speaker.ts";
import { startSpeaker } from "./speaker.ts";

type Heard = { readonly subject: string; readonly data: any };
type World = {
  readonly speaker: Speaker;
  readonly heard: Heard[];
  readonly logs: string[];
  readonly asked: GamificationIntervention[];
  now: number;
};

const ENDPOINT = {
  baseUrl: "http://127.0.0.1:1/v1",
  model: "tiny",
  apiKey: null,
  consent: false,
  timeoutMs: 1000,
  tokensMax: 50,
  temperature: 0.5,
  requestsPerDayMax: 4,
  tokensPerDayMax: 1000,
};

async function withSpeaker(
  answers: readonly ProviderAnswer[] | null,
  body: (world: World, directory: string) => Promise<void>,
  config: Partial<AiConfig> = {},
  directory?: string,
): Promise<void> {
  const data = directory ?? (await mkdtemp(join(tmpdir(), "skelly-voice-")));
  const left = [...(answers ?? [])];
  const asked: GamificationIntervention[] = [];
  const provider: Provider = {
    name: "openai-compatible",
    async ask(intervention) {
      asked.push(intervention);
      return left.shift() ?? { ok: false, reason: "gone" };
    },
  };
  const heard: Heard[] = [];
  const logs: string[] = [];
  const world = { heard, logs, asked, now: 1_700_000_000_000 };
  let ids = 0;
  const log = (text: string) => void logs.push(text);
  const speaker = await startSpeaker({
    dataDirectory: data,
    config: () => ({ ...AI_DEFAULTS, endpoint: answers === null ? null : ENDPOINT, ...config }),
    provider: () => (answers === null ? null : provider),
    signal: new AbortController().signal,
    nowMs: () => world.now,
    newId: () => `id-${++ids}`,
    publish: (subject: string, data: unknown) => void heard.push({ subject, data }),
    log: { debug: log, info: log, warn: log },
  });
  try {
    await body(Object.assign(world, { speaker }), data);
  } finally {
    await speaker.stop();
    if (directory === undefined) await rm(data, { recursive: true });
  }
}

const says = (text: string): ProviderAnswer => ({
  ok: true,
  words: { text, model: "tiny", templateId: null, tokens: 40 },
});

test("an intervention becomes one message and one command with the same correlation id", async () => {
  await withSpeaker(null, async ({ speaker, heard }) => {
    await speaker.take("gamification.intervention", anIntervention({ correlationId: "batch-7" }));
    assert.deepEqual(
      heard.map(({ subject }) => subject),
      ["ai.message", "figurine.command"],
    );
    const [message, command] = heard.map(({ data }) => data);
    assert.equal(message.correlationId, "batch-7");
    assert.equal(command.correlationId, "batch-7");
    assert.equal(command.message.messageId, message.messageId);
    assert.equal(command.message.text, message.text);
    assert.equal(command.interventionId, "i-1");
    assert.equal(message.provider, "templates");
    assert.equal(message.fallbackReason, null);
    for (const { subject, data } of heard) assert.deepEqual(check(subject, data), []);
  });
});

test("every kind of intervention finds words that pass the filter", async () => {
  await withSpeaker(null, async ({ speaker, heard }) => {
    for (const type of INTERVENTIONS) {
      const state = type === "break_suggestion" ? "hyperfocus" : "neutral";
      const context = { milestone: type === "milestone_celebration" ? "1h" : null };
      await speaker.take("gamification.intervention", anIntervention({ type, state, context }));
    }
    const texts = heard
      .filter(({ subject }) => subject === "ai.message")
      .map(({ data }) => data.text);
    assert.equal(texts.length, INTERVENTIONS.length);
    assert.deepEqual(
      texts.flatMap((text) => inspect(text, "expert")),
      [],
    );
  });
});

test("a model's words are passed on when they pass, and mended where they can be", async () => {
  const answers = [
    says("Which window was it?"),
    says("Great job! Twelve switches. Which one was it?"),
  ];
  await withSpeaker(answers, async ({ speaker, heard }) => {
    await speaker.take("gamification.intervention", anIntervention());
    await speaker.take("gamification.intervention", anIntervention());
    const messages = heard
      .filter(({ subject }) => subject === "ai.message")
      .map(({ data }) => data);
    assert.equal(messages[0].text, "Which window was it?");
    assert.equal(messages[0].provider, "openai-compatible");
    assert.equal(messages[0].model, "tiny");
    assert.equal(messages[1].text, "Twelve switches. Which one was it?");
    assert.equal(messages[1].rewrittenCount, 1);
  });
});

test("a model that only flatters is not heard: a template speaks, and the reason is told", async () => {
  await withSpeaker([says("Great job! You've got this!")], async ({ speaker, heard }) => {
    await speaker.take("gamification.intervention", anIntervention());
    const message = heard[0]?.data;
    assert.equal(message.provider, "templates");
    assert.match(message.fallbackReason, /talks down/);
    assert.match(speaker.trouble() ?? "", /talks down/);
    assert.equal(speaker.numbers().rejected, 1);
  });
});

test("a provider that fails three times rests, and templates speak all the while", async () => {
  const bad: ProviderAnswer = { ok: false, reason: "the server answered 500" };
  const answers = [bad, bad, bad, says("Back to the window you meant?")];
  await withSpeaker(answers, async (world) => {
    const { speaker, asked, heard } = world;
    for (let n = 0; n < 5; n++) {
      await speaker.take("gamification.intervention", anIntervention({ interventionId: `i-${n}` }));
    }
    assert.equal(asked.length, 3);
    assert.equal(heard.length, 10);
    assert.match(speaker.trouble() ?? "", /rests for a minute/);
    world.now += 61_000;
    await speaker.take("gamification.intervention", anIntervention());
    assert.equal(heard.at(-2)?.data.provider, "openai-compatible");
    assert.equal(speaker.trouble(), null);
    assert.deepEqual(
      [
        speaker.numbers().providerFailures,
        speaker.numbers().fallbacks,
        speaker.numbers().messagesSaid,
      ],
      [3, 5, 6],
    );
  });
});

test("a day's allowance is kept to, also over a restart", async () => {
  const answers = Array.from({ length: 9 }, () => says("Which window was it?"));
  const data = await mkdtemp(join(tmpdir(), "skelly-voice-"));
  for (const expected of [3, 1, 0]) {
    await withSpeaker(
      answers,
      async ({ speaker, asked }) => {
        for (let n = 0; n < 3; n++) {
          await speaker.take("gamification.intervention", anIntervention());
        }
        assert.equal(asked.length, expected);
      },
      {},
      data,
    );
  }
  await rm(data, { recursive: true });
});

test("what was called patronising is not said again, and the eye grows stricter", async () => {
  await withSpeaker(
    null,
    async ({ speaker, heard }) => {
      await speaker.take("gamification.intervention", anIntervention());
      const { messageId, text } = heard[0]?.data ?? {};
      await speaker.take("figurine.reaction", {
        reactionId: "r-1",
        correlationId: "c-1",
        interventionId: "i-1",
        messageId,
        timeMs: 5,
        reaction: "patronising",
        shownForMs: 900,
        correctedState: null,
      });
      for (let n = 0; n < 20; n++) {
        await speaker.take(
          "gamification.intervention",
          anIntervention({ interventionId: `j-${n}` }),
        );
      }
      const later = heard.slice(2).map(({ data }) => data.text ?? data.message.text);
      assert.ok(!later.includes(text));
    },
    { repeatAfter: 3 },
  );
});

test("what does not fit the contract is counted and says nothing", async () => {
  await withSpeaker(null, async ({ speaker, heard }) => {
    await speaker.take("gamification.intervention", { type: "gentle_nudge" });
    assert.equal(heard.length, 0);
    assert.equal(speaker.numbers().invalidMessages, 1);
  });
});
