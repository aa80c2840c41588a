// melt.js: how it melts: the whole figure sags, drips hang and fall, a puddle grows.
import { closedPath, ellipse, jitter, openPath } from "./shapes.js";
import { add, show } from "./svg.js";

/** Where a point goes when `melt` (0..1) of the figure has run. The ground is y = 0. */
export function warper(melt, t) {
  if (melt < 0.01) return (point) => point;
  const sink = 1 - melt * 0.34;
  return ([x, y]) => {
    const high = Math.min(1, -y / 280);
    const low = Math.exp(y / 38);
    const ooze = Math.sin(x * 0.075 + t * 0.7) * 5 + Math.sin(x * 0.16 - t * 0.5) * 3;
    // The head's sides hang like a candle's; what is near the floor runs out sideways.
    const hang = (x / 85) ** 2 * 15 * high;
    const spread = 1 + melt * (0.14 + low * 0.9);
    return [
      x * spread + Math.sin(y * 0.03 + t * 0.6) * 5 * melt * high,
      Math.min(4, y * sink + (hang + ooze * high + x * 0.05) * melt),
    ];
  };
}

/** Where drips hang: on the head, or on the body; width, phase, and how fast they run. */
const DRIPS = [
  { on: "head", x: -63, y: -32, w: 7.5, phase: 0.1, speed: 0.13 },
  { on: "head", x: -38, y: 8, w: 6, phase: 0.55, speed: 0.17 },
  { on: "head", x: 3, y: 12, w: 7, phase: 0.3, speed: 0.11 },
  { on: "head", x: 42, y: 5, w: 6.5, phase: 0.8, speed: 0.15 },
  { on: "head", x: 66, y: -33, w: 8, phase: 0.45, speed: 0.12 },
  { on: "body", x: -30, y: -99, w: 4.5, phase: 0.65, speed: 0.16 },
  { on: "body", x: 31, y: -100, w: 4.5, phase: 0.2, speed: 0.14 },
  { on: "body", x: -22, y: -48, w: 5, phase: 0.9, speed: 0.18 },
  { on: "body", x: 20, y: -47, w: 5, phase: 0.4, speed: 0.12 },
];

export function makeMelt(puddleLayer, dripLayer) {
  return {
    puddle: add(puddleLayer, "path", { class: "bone puddle" }),
    shine: add(puddleLayer, "path", { class: "shine" }),
    drips: DRIPS.map(() => ({
      drip: add(dripLayer, "path", { class: "drip" }),
      drop: add(dripLayer, "path", { class: "bone drop" }),
    })),
  };
}

export function drawMelt(parts, melt, view, t) {
  const wet = melt > 0.04;
  for (const part of [parts.puddle, parts.shine]) show(part, wet);
  if (wet) drawPuddle(parts, melt, t);
  DRIPS.forEach((drip, i) => {
    const start = (i % 5) * 0.09;
    const amount = Math.max(0, Math.min(1, (melt - start) * 1.6));
    const { drip: hanging, drop } = parts.drips[i];
    show(hanging, amount > 0.03);
    show(drop, false);
    if (amount > 0.03) drawDrip(drip, amount, hanging, drop, view, t);
  });
}

function drawPuddle(parts, melt, t) {
  const rx = 34 + melt * 104;
  const ry = 5 + melt * 14;
  const rim = ellipse(0, 4, rx, ry, 26).map(([x, y], i) => {
    const wobble = 1 + Math.sin(i * 0.97 + 1) * 0.05 + Math.sin(i * 1.45 + t * 0.8) * 0.02;
    return [x * wobble, y * wobble + jitter(i, 3) * 0.8 + 1];
  });
  parts.puddle.setAttribute("d", closedPath(rim));
  parts.shine.setAttribute(
    "d",
    openPath([
      [-rx * 0.68, 3],
      [-rx * 0.5, -ry * 0.28 + 4],
      [-rx * 0.26, -ry * 0.42 + 4],
    ]),
  );
}

function drawDrip(drip, amount, hanging, drop, view, t) {
  const place = drip.on === "head" ? view.head : view.body;
  const [x, y] = place([drip.x, drip.y]);
  const cycle = (t * drip.speed + drip.phase) % 1;
  // Grows slowly for most of its cycle, then lets go.
  const grown = cycle < 0.78 ? 0.35 + (cycle / 0.78) * 0.65 : 0.35;
  const length = amount * (12 + drip.w * 4) * grown;
  const w = drip.w * (0.55 + amount * 0.45);
  hanging.setAttribute(
    "d",
    `M${f(x - w * 1.7)} ${f(y - 4)}Q${f(x - w)} ${f(y)} ${f(x - w * 0.8)} ${f(y + length * 0.45)}` +
      `Q${f(x - w * 0.95)} ${f(y + length + w * 0.9)} ${f(x)} ${f(y + length + w)}` +
      `Q${f(x + w * 0.95)} ${f(y + length + w * 0.9)} ${f(x + w * 0.8)} ${f(y + length * 0.45)}` +
      `Q${f(x + w)} ${f(y)} ${f(x + w * 1.7)} ${f(y - 4)}`,
  );
  if (cycle >= 0.78 && amount > 0.2) {
    const fall = (cycle - 0.78) / 0.22;
    const from = y + amount * (12 + drip.w * 4) + w;
    const at = from + fall * fall * (4 - from);
    if (at < 0) {
      drop.setAttribute("d", closedPath(ellipse(x, at, w * 0.62, w * 0.95, 8)));
      show(drop, true);
    }
  }
}

const f = (value) => value.toFixed(1);
