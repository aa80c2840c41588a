// app.js: the page's one thread: what the stream says is shown, what the user does is sent back.
import { createActor } from "./actor.js";
import { createBubble } from "./bubble.js";
import { makeMovable } from "./movable.js";
import { openStream } from "./stream.js";

const byId = (id) => document.getElementById(id);
const STATE_NAMES = {
  flow: "In flow",
  hyperfocus: "Hyperfocus",
  distracted: "Distracted",
  transitioning: "Changing over",
  neutral: "Steady",
  idle: "Away",
};

const buddy = byId("buddy");
const actor = createActor(byId("figure"));
const bubble = createBubble({ root: byId("bubble"), words: byId("words"), react, anchor: buddy });
makeMovable(buddy, byId("stage"), { onMove: () => bubble.place(), onPress: hello });
for (const [state, name] of Object.entries(STATE_NAMES)) addCorrection(state, name);

/** What was last shown, so that only what changed is announced. */
let shown = { coins: null, level: null, rewardId: null, state: null };

function show(view, { first }) {
  document.documentElement.dataset.glow = view.state === null ? "none" : view.glow.color;
  actor.show(view);
  showState(view);
  showPurse(view, first);
  if (bubble.show(view.message)) byId("said").textContent = view.message?.text ?? "";
  buddy.setAttribute("aria-label", `Skelly, ${STANCE_WORDS[view.stance] ?? view.stance}`);
}

const STANCE_WORDS = {
  content: "at ease",
  focused: "working along with headphones",
  calm: "very still, with glasses on",
  supportive: "on your side",
  concerned: "a little worried",
  thinking: "thinking",
  tired: "tired",
  sleepy: "asleep",
  melting: "melting",
  celebrating: "celebrating",
};

function showState(view) {
  const name = STATE_NAMES[view.state] ?? "Waiting for the first window";
  const sure =
    view.confidenceRatio === null ? "" : ` · ${Math.round(view.confidenceRatio * 100)} %`;
  byId("state-name").textContent = name + sure;
  byId("state-why").textContent = view.summary ?? "Nothing has been heard from the analysis yet.";
  byId("corrections").disabled = view.state === null;
  for (const button of byId("corrections").querySelectorAll("button")) {
    button.hidden = button.dataset.state === view.state;
  }
}

function showPurse(view, first) {
  count(byId("coins"), view.coins, !first && view.coins > (shown.coins ?? view.coins));
  count(byId("level"), view.level, !first && view.level > (shown.level ?? view.level));
  byId("streak").textContent = String(view.streakDays);
  const reward = view.lastReward;
  if (!first && reward !== null && reward.rewardId !== shown.rewardId) {
    popCoins(reward.coins);
    byId("news").textContent = `${reward.description} ${reward.coins} coins.`;
  }
  shown = { coins: view.coins, level: view.level, rewardId: reward?.rewardId ?? null };
}

/** Digits are set at once: a counter that runs up is a slot machine's trick. */
function count(element, value, gained) {
  element.textContent = value.toLocaleString("en");
  element.parentElement.classList.toggle("gain", gained);
}

function popCoins(coins) {
  if (coins === 0) return;
  const pop = byId("coin-pop");
  const box = buddy.getBoundingClientRect();
  const stage = byId("stage").getBoundingClientRect();
  pop.textContent = `+${coins}`;
  pop.style.left = `${box.left - stage.left + box.width * 0.72}px`;
  pop.style.top = `${box.top - stage.top + box.height * 0.3}px`;
  pop.classList.remove("go");
  void pop.offsetWidth;
  pop.classList.add("go");
}

function hello() {
  actor.play("wiggle");
  react({ reaction: "clicked", message: null, correctedState: null });
}

/** Sends what the user did. A failure is said, in words, where the connection is shown. */
async function react({ reaction, message, correctedState }) {
  const body = { reaction, messageId: message?.messageId ?? null, correctedState };
  try {
    const answer = await fetch("reaction", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5000),
    });
    if (!answer.ok) byId("link-text").textContent = `not sent (${answer.status})`;
  } catch {
    byId("link-text").textContent = "not sent, Skelly is not reachable";
  }
}

function addCorrection(state, name) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.state = state;
  button.textContent = name.toLowerCase();
  button.addEventListener("click", () => {
    react({ reaction: "wrong-state", message: null, correctedState: state });
    byId("state").open = false;
    byId("state").querySelector("summary").focus();
    byId("news").textContent = `Thank you. It will learn that this was: ${name}.`;
  });
  byId("corrections").append(button);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (byId("state").open) byId("state").open = false;
  else bubble.dismiss();
});
document.addEventListener("pointerdown", (event) => {
  if (!byId("state").contains(event.target)) byId("state").open = false;
});
window.addEventListener("resize", () => bubble.place());

const LINK_WORDS = { connecting: "connecting", live: "live", lost: "reconnecting" };
openStream({
  onView: show,
  onLink(link) {
    byId("link").dataset.link = link;
    byId("link-text").textContent = LINK_WORDS[link];
  },
});
