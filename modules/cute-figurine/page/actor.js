// actor.js: plays what is to be shown: 30 frames a second at most, none while hidden or motion is unwanted.
import { blink, follow, gestureMs, poseAt, REST } from "./poses.js";
import { createSkeleton } from "./skeleton.js";

const FRAME_MS = 1000 / 30;
/** Asleep nothing is quick, so half the frames do. */
const SLEEPY_FRAME_MS = 1000 / 15;
const STEP_SECONDS_MAX = 0.1;

export function createActor(svg) {
  const skeleton = createSkeleton(svg);
  const stillness = matchMedia("(prefers-reduced-motion: reduce)");
  let want = { stance: "content", meltRatio: 0, glow: { intensityRatio: 0.4, pulseHz: 0.2 } };
  let pose = REST;
  let melt = 0;
  let glow = 0.3;
  let gesture = { name: "none", id: null, since: 0 };
  let last = 0;
  let frames = 0;
  let looping = false;

  function frame(now) {
    if (document.hidden || stillness.matches) {
      looping = false;
      if (stillness.matches) drawStill();
      return;
    }
    requestAnimationFrame(frame);
    const budget = want.stance === "sleepy" ? SLEEPY_FRAME_MS : FRAME_MS;
    // Half a display frame of tolerance, or a 60 Hz screen would give 20 frames instead of 30.
    if (now - last < budget - 8) return;
    const seconds = Math.min(STEP_SECONDS_MAX, (now - last) / 1000);
    last = now;
    step(now, seconds);
  }

  function step(now, seconds) {
    const t = now / 1000;
    const gestureT = (now - gesture.since) / 1000;
    if (gesture.name !== "none" && gestureT * 1000 > gestureMs(gesture.name)) {
      gesture = { ...gesture, name: "none" };
    }
    const goal = poseAt(want.stance, gesture.name, t, gestureT, melt);
    pose = follow(pose, { ...goal, eye: goal.eye * blink(t) }, seconds);
    const slow = 1 - Math.exp(-seconds * 1.4);
    melt += (want.meltRatio - melt) * slow;
    glow += (want.glow.intensityRatio - glow) * slow;
    draw(t, false);
  }

  function drawStill() {
    melt = want.meltRatio;
    glow = want.glow.intensityRatio;
    // A quarter turn into every rhythm: the pose at its most telling.
    pose = poseAt(want.stance, "none", 1.2, 0, melt);
    draw(1.2, true);
  }

  function draw(t, still) {
    const look = { melt, glow, mood: want.stance, pulseHz: want.glow.pulseHz, still };
    skeleton.draw(pose, look, t);
    frames++;
    svg.dataset.frames = String(frames);
    svg.dataset.gesture = gesture.name;
    svg.dataset.melt = melt.toFixed(2);
  }

  function wake() {
    if (looping || document.hidden) return;
    if (stillness.matches) {
      drawStill();
      return;
    }
    looping = true;
    last = performance.now();
    requestAnimationFrame(frame);
  }

  document.addEventListener("visibilitychange", wake);
  stillness.addEventListener("change", wake);

  return {
    show(view) {
      want = view;
      svg.dataset.stance = view.stance;
      if (view.gesture !== null && view.gesture.id !== gesture.id) {
        gesture = { ...view.gesture, since: performance.now() };
      }
      wake();
    },
    /** A gesture of the page's own, such as the answer to a click. */
    play(name) {
      gesture = { name, id: gesture.id, since: performance.now() };
      wake();
    },
  };
}
