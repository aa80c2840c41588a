// patronising.test.ts: a corpus of what must not be said, what may be, and what can be mended.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Family } from "./patronising.ts";
import { inspect, rewrite } from "./patronising.ts";

const BAD: Record<Family, readonly string[]> = {
  trivialising: [
    "Just close the other tabs.",
    "You simply need to start.",
    "It's easy!",
    "IT'S SO SIMPLE",
    "All you have to do is open the file.",
    "Obviously, the first task comes first.",
    "Piece of cake.",
    "Anyone can do ten minutes.",
    "It's not that hard.",
    "How hard can it be?",
    "It\u2019s really easy.",
  ],
  reassurance: [
    "Don't worry!",
    "Don\u2019t worry about it.",
    "DON'T PANIC",
    "It's okay, take your time.",
    "That's okay.",
    "You'll get there!",
    "Hang in there.",
    "There, there.",
    "Calm down.",
    "Everyone gets distracted.",
    "It happens to the best of us.",
    "Cheer up, buddy.",
  ],
  "over-explaining": [
    "As you may know, breaks help.",
    "Let me explain what a break is.",
    "Basically, tabs cost attention.",
    "In other words, close it.",
    "Remember to drink water.",
    "It's important to note that pauses help.",
    "Studies show that walking helps.",
    "Keep in mind that time passes.",
  ],
  "hollow-praise": [
    "Great job!",
    "GREAT JOB",
    "great job",
    "Greaaaat job!!!",
    "Good work.",
    "What an amazing effort!",
    "You're doing great!",
    "You\u2019re doing amazing",
    "you are so smart",
    "You're a superstar!",
    "Well done!",
    "Way to go!",
    "Keep it up!",
    "You've got this!",
    "You got this",
    "I'm so proud of you!",
    "Awesome!",
    "Fantastic!",
    "Good boy.",
    "You're crushing it.",
    "You\u200b've got this!",
    "Yay!",
  ],
  scolding: [
    "You should close those tabs.",
    "You need to focus.",
    "Pay attention!",
    "Focus!",
    "Focus harder.",
    "Please concentrate.",
    "Stop getting distracted.",
    "Stop wasting time!",
    "You keep getting distracted.",
    "You wasted twelve minutes.",
    "Distracted again?",
    "Don't be lazy.",
    "Get back to work.",
    "Try harder.",
    "Stay focused!",
  ],
};

const GOOD = [
  "What would make the next ten minutes count?",
  "40 minutes of focus. Done and counted.",
  "Two hours of focus, by the clock.",
  "Your justification document is still open.",
  "The adjusted plan waits.",
  "A good place to save, stand, sip?",
  "Is this the break you needed, or the one that happened?",
  "You have 25 minutes behind you. What would round it off?",
  "The test suite is great for finding this.",
  "Twelve switches in four minutes. Which window was it?",
  "One tab, one timer, ten minutes?",
  "The code is where you left it.",
  "Simplicity is the third draft.",
  "Your focus went for a walk. Call it back?",
  "The greatest common divisor still waits.",
];

for (const [family, texts] of Object.entries(BAD)) {
  test(`${family} is found, whatever its case, its quotes or its punctuation`, () => {
    const missed = texts.filter(
      (text) => !inspect(text, "expert").some((finding) => finding.family === family),
    );
    assert.deepEqual(missed, []);
  });
}

test("what treats people as equals passes unchanged", () => {
  const flagged = GOOD.flatMap((text) =>
    inspect(text, "expert").map(({ family, found }) => `${text} -> ${family}: ${found}`),
  );
  assert.deepEqual(flagged, []);
  for (const text of GOOD) assert.deepEqual(rewrite(text, "expert"), { text, rewrittenCount: 0 });
});

test("what is rewritten passes the filter, or nothing is said", () => {
  for (const text of Object.values(BAD).flat()) {
    const mended = rewrite(`${text} Which window did you mean?`, "expert");
    if (mended === null) continue;
    assert.deepEqual(inspect(mended.text, "expert"), [], mended.text);
    assert.ok(mended.rewrittenCount > 0, text);
  }
});

test("a good sentence survives the bad one beside it", () => {
  assert.deepEqual(rewrite("Great job! Twelve minutes of focus so far.", "expert"), {
    text: "Twelve minutes of focus so far.",
    rewrittenCount: 1,
  });
  assert.deepEqual(rewrite("Just close one tab first.", "expert"), {
    text: "Close one tab first.",
    rewrittenCount: 1,
  });
  assert.equal(rewrite("You need to close one tab.", "expert")?.text, "You could close one tab.");
});

test("what is nothing but praise leaves nothing to say", () => {
  assert.equal(rewrite("Great job! You're doing amazing!", "expert"), null);
});

test("a beginner is told more, and still never scolded", () => {
  assert.deepEqual(inspect("Remember to save. Don't worry.", "beginner"), []);
  assert.equal(inspect("Remember to save.", "expert").length, 1);
  assert.equal(inspect("Pay attention!", "beginner").length, 1);
});
