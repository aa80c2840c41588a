// skeleton.js: draws the figurine into an SVG from a pose. Holds the elements, nothing else.
import { drawFace, makeFace } from "./face.js";
import { drawMelt, makeMelt, warper } from "./melt.js";
import { drawProps, makeProps } from "./props.js";
import { bone, closedPath, elbow, ellipse, jitter, loop, mirrored, openPath } from "./shapes.js";
import { add } from "./svg.js";

const SHOULDER = { x: 27, y: -117 };
const ARM = { upper: 31, lower: 30 };
const HIP = { x: 14, y: -48 };

const PELVIS = loop(
  mirrored([
    [0, -56],
    [-16, -61],
    [-29, -55],
    [-26, -43],
    [-11, -38],
    [0, -44],
  ]),
);
const FOOT = [
  [-10, -12],
  [2, -13],
  [9, -9],
  [9, -1],
  [-6, 0],
  [-14, -3],
];

/** One figurine in one SVG element. `draw` may be called as often as wanted. */
export function createSkeleton(svg) {
  const layers = Object.fromEntries(
    [
      "glow",
      "shadow",
      "legs",
      "puddle",
      "body",
      "arms",
      "head",
      "props",
      "drips",
      "hands",
      "air",
    ].map((name) => [name, add(svg, "g", { class: `layer-${name}` })]),
  );
  const parts = {
    glow: [
      add(layers.glow, "circle", { cx: 0, cy: -140, r: 172, fill: "url(#soul)" }),
      add(layers.glow, "circle", { cx: 0, cy: -140, r: 110, fill: "url(#soul)" }),
    ],
    shadow: add(layers.shadow, "path", { class: "shadow" }),
    legs: [0, 1].map(() => ({
      shaft: add(layers.legs, "path", { class: "bone" }),
      foot: add(layers.legs, "path", { class: "bone" }),
    })),
    pelvis: add(layers.body, "path", { class: "bone" }),
    spine: Array.from({ length: 4 }, () => add(layers.body, "path", { class: "bone thin" })),
    ribs: Array.from({ length: 6 }, () => ({
      ink: add(layers.body, "path", { class: "rib-ink" }),
      fill: add(layers.body, "path", { class: "rib" }),
    })),
    heartGlow: add(layers.body, "circle", { r: 22, fill: "url(#soul)" }),
    heart: add(layers.body, "path", { class: "heart" }),
    arms: [0, 1].map(() => ({
      upper: add(layers.arms, "path", { class: "bone" }),
      lower: add(layers.hands, "path", { class: "bone" }),
      hand: add(layers.hands, "path", { class: "bone" }),
      fingers: add(layers.hands, "path", { class: "line fine" }),
    })),
    face: makeFace(layers.head),
    props: makeProps(layers.props, layers.air),
    melt: makeMelt(layers.puddle, layers.drips),
  };

  return {
    /** `look`: { melt, glow, mood, state, still }, `t` in seconds. */
    draw(pose, look, t) {
      const view = viewOf(pose, look, t);
      drawGlow(parts, look, view, t);
      drawLegs(parts, pose, view);
      drawBody(parts, look, view, t);
      drawArms(parts, pose, view);
      drawFace(parts.face, pose, view, t);
      drawProps(parts.props, look, view, t);
      drawMelt(parts.melt, look.melt, view, t);
    },
  };
}

/** How points of the body and of the head come to the drawing: breath, squash, lean, melt, hand wobble. */
function viewOf(pose, look, t) {
  const warp = warper(look.melt, t);
  const boil = look.still ? 0 : Math.floor(t * 5) % 4;
  const breath = Math.sin(t * 1.7) * 0.008 * pose.breath * (look.still ? 0 : 1);
  const squash = pose.squash - breath;
  const [sin, cos] = [Math.sin(pose.lean), Math.cos(pose.lean)];
  const body = ([x, y]) => {
    const [x1, y1] = [x * (1 + squash * 0.6), y * (1 - squash)];
    const sway = (pose.sway * -y) / 250;
    return warp([x1 * cos - y1 * sin + sway, x1 * sin + y1 * cos - pose.lift]);
  };
  const [headSin, headCos] = [Math.sin(pose.tilt), Math.cos(pose.tilt)];
  const head = ([x, y]) =>
    body([x * headCos - y * headSin, -137 + pose.nod + x * headSin + y * headCos]);
  const shaky = (points, place, seed, amount = 0.5) =>
    points.map((point, i) => {
      const [x, y] = place(point);
      return [
        x + jitter(i + seed * 31, boil) * amount,
        y + jitter(i + seed * 57, boil + 9) * amount,
      ];
    });
  return {
    body,
    head,
    boil,
    closed: (points, seed, place = body) => closedPath(shaky(points, place, seed)),
    open: (points, seed, place = body) => openPath(shaky(points, place, seed, 0.4)),
  };
}

function drawGlow(parts, look, view, t) {
  const pulse = look.still ? 1 : 0.86 + Math.sin(t * 2 * Math.PI * look.pulseHz) * 0.14;
  const [, y] = view.body([0, -150]);
  parts.glow[0].setAttribute("cy", y.toFixed(1));
  parts.glow[1].setAttribute("cy", y.toFixed(1));
  parts.glow[0].setAttribute("opacity", (look.glow * pulse * 0.75).toFixed(3));
  parts.glow[1].setAttribute("opacity", (look.glow * pulse * 0.6).toFixed(3));
}

function drawLegs(parts, pose, view) {
  const width = 44 - pose.lift * 0.25 + look0(pose.squash) * 20;
  parts.shadow.setAttribute("d", closedPath(ellipse(0, 3, Math.max(20, width + 14), 7)));
  for (const side of [-1, 1]) {
    const leg = parts.legs[side === -1 ? 0 : 1];
    const kick = side === -1 ? pose.kickLeft : pose.kickRight;
    const x = side * (17 + pose.step + kick * 0.8);
    // Feet hang a little when it floats, and lift in a kick.
    const y = -9 - kick + Math.min(4, pose.lift * 0.2);
    leg.shaft.setAttribute(
      "d",
      view.closed(bone([side * HIP.x, HIP.y], [x, y - 5], 9, 13), 3 + side),
    );
    const foot = loop(
      FOOT.map(([fx, fy]) => [x + side * -fx * 0.95, y + 9 + fy]),
      3,
    );
    leg.foot.setAttribute("d", view.closed(foot, 7 + side));
  }
}

const look0 = (squash) => Math.max(0, squash);

function drawBody(parts, look, view, t) {
  parts.pelvis.setAttribute("d", view.closed(PELVIS, 11));
  parts.spine.forEach((vertebra, i) => {
    vertebra.setAttribute("d", view.closed(ellipse(0, -66 - i * 15, 7, 6.4, 10), 13 + i));
  });
  parts.ribs.forEach((rib, i) => {
    const side = i % 2 === 0 ? -1 : 1;
    const row = Math.floor(i / 2);
    const wide = [33, 34, 27][row];
    const y = -116 + row * 15;
    const d = view.open(
      [
        [side * 4, y],
        [side * wide * 0.6, y - 4],
        [side * wide, y + 4],
        [side * wide * 0.86, y + 12],
        [side * wide * 0.42, y + 14],
      ],
      21 + i,
    );
    rib.ink.setAttribute("d", d);
    rib.fill.setAttribute("d", d);
  });
  const beat = look.still ? 1 : 1 + Math.max(0, Math.sin(t * 5.2)) ** 8 * 0.16;
  const [hx, hy] = view.body([7, -96]);
  parts.heartGlow.setAttribute("cx", hx.toFixed(1));
  parts.heartGlow.setAttribute("cy", hy.toFixed(1));
  parts.heartGlow.setAttribute("opacity", (0.35 + look.glow * 0.6).toFixed(2));
  const s = 7.2 * beat;
  parts.heart.setAttribute(
    "d",
    `M${hx} ${hy + s}C${hx - s * 1.7} ${hy - s * 0.1} ${hx - s * 0.9} ${hy - s * 1.35} ${hx} ${hy - s * 0.45}` +
      `C${hx + s * 0.9} ${hy - s * 1.35} ${hx + s * 1.7} ${hy - s * 0.1} ${hx} ${hy + s}Z`,
  );
}

function drawArms(parts, pose, view) {
  for (const side of [-1, 1]) {
    const arm = parts.arms[side === -1 ? 0 : 1];
    const from = [side * SHOULDER.x, SHOULDER.y];
    const wantX = side === -1 ? pose.leftX : pose.rightX;
    const wantY = side === -1 ? pose.leftY : pose.rightY;
    const far = Math.hypot(wantX, wantY) || 1;
    const k = Math.min(1, (ARM.upper + ARM.lower - 1) / far);
    const hand = [from[0] + wantX * k, from[1] + wantY * k];
    const joint = elbow(from, hand, ARM.upper, ARM.lower, wantY > 0 ? side : -side);
    arm.upper.setAttribute("d", view.closed(bone(from, joint, 7.5, 11), 31 + side));
    arm.lower.setAttribute("d", view.closed(bone(joint, hand, 7, 10), 37 + side));
    drawHand(arm, joint, hand, side, view);
  }
}

/** A mitten with a thumb, turned the way the forearm points. */
function drawHand(arm, from, to, side, view) {
  const a = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const [sin, cos] = [Math.sin(a), Math.cos(a)];
  const turn = ([x, y]) => [to[0] + x * cos - y * side * sin, to[1] + x * sin + y * side * cos];
  const mitten = loop(
    [
      [-2, -7],
      [8, -8],
      [17, -5],
      [18, 3],
      [10, 7],
      [6, 11],
      [1, 10],
      [-3, 6],
    ].map(turn),
    3,
  );
  arm.hand.setAttribute("d", view.closed(mitten, 41 + side));
  const line = (y) =>
    view.open(
      [
        [10, y],
        [14, y - 0.4],
        [17, y - 0.8],
      ].map(turn),
      43,
    );
  arm.fingers.setAttribute("d", line(-3) + line(1));
}
