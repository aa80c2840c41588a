// props.js: what it wears and what floats around it: headphones, glasses, night cap, party hat, notes.
import { ellipse, jitter, loop } from "./shapes.js";
import { add } from "./svg.js";

/** Which mood brings what. */
const WEAR = {
  focused: "headphones",
  calm: "glasses",
  sleepy: "cap",
  celebrating: "hat",
};
const AIR = {
  focused: "notes",
  sleepy: "zs",
  celebrating: "confetti",
  excited: "sparkles",
  proud: "sparkles",
  thinking: "dots",
  tired: "sweat",
};
const AIR_MAX = 14;

export function makeProps(worn, air) {
  const group = (name, parts) => {
    const g = add(worn, "g", { class: `worn-${name}`, display: "none" });
    return { g, parts: parts.map(([kind, cls]) => add(g, kind, { class: cls })) };
  };
  return {
    headphones: group("headphones", [
      ["path", "band-ink"],
      ["path", "band"],
      ["path", "cup"],
      ["path", "cup"],
    ]),
    glasses: group("glasses", [
      ["path", "glass"],
      ["path", "glass"],
      ["path", "line"],
    ]),
    cap: group("cap", [
      ["path", "cloth"],
      ["path", "cloth-band"],
      ["path", "cloth-band"],
      ["path", "cloth-dots"],
    ]),
    hat: group("hat", [
      ["path", "cloth"],
      ["path", "cloth-dots"],
      ["path", "cloth-band"],
    ]),
    air: Array.from({ length: AIR_MAX }, () => add(air, "path", { class: "air", display: "none" })),
  };
}

export function drawProps(props, look, view, t) {
  const worn = WEAR[look.mood];
  for (const name of Object.values(WEAR)) {
    props[name].g.setAttribute("display", name === worn ? "inline" : "none");
  }
  if (worn !== undefined) DRAW[worn](props[worn].parts, view);
  drawAir(props.air, AIR[look.mood], look, view, t);
}

const DRAW = {
  headphones([ink, band, left, right], view) {
    const d = view.open(
      [
        [-87, -72],
        [-84, -112],
        [-52, -149],
        [0, -160],
        [52, -149],
        [84, -112],
        [87, -72],
      ],
      81,
      view.head,
    );
    ink.setAttribute("d", d);
    band.setAttribute("d", d);
    const cup = (side) =>
      loop(
        [
          [74, -92],
          [90, -95],
          [100, -82],
          [101, -62],
          [92, -48],
          [76, -50],
        ].map(([x, y]) => [x * side, y]),
        3,
      );
    left.setAttribute("d", view.closed(cup(-1), 82, view.head));
    right.setAttribute("d", view.closed(cup(1), 83, view.head));
  },
  glasses([left, right, bridge], view) {
    left.setAttribute("d", view.closed(ellipse(-35, -66, 27, 28, 18), 84, view.head));
    right.setAttribute("d", view.closed(ellipse(35, -66, 27, 28, 18), 85, view.head));
    const line = (points) => view.open(points, 86, view.head);
    bridge.setAttribute(
      "d",
      line([
        [-8, -68],
        [0, -72],
        [8, -68],
      ]) +
        line([
          [-62, -70],
          [-74, -74],
          [-84, -76],
        ]) +
        line([
          [62, -70],
          [74, -74],
          [84, -76],
        ]),
    );
  },
  cap([cloth, band, bobble, dots], view) {
    cloth.setAttribute(
      "d",
      view.closed(
        loop(
          [
            [-70, -116],
            [-50, -148],
            [-6, -172],
            [46, -172],
            [88, -148],
            [112, -108],
            [104, -96],
            [84, -118],
            [66, -126],
            [72, -112],
            [0, -124],
          ],
          4,
        ),
        87,
        view.head,
      ),
    );
    band.setAttribute(
      "d",
      view.closed(
        loop(
          [
            [-76, -118],
            [-40, -132],
            [0, -137],
            [42, -132],
            [76, -118],
            [78, -104],
            [42, -117],
            [0, -121],
            [-42, -117],
            [-78, -104],
          ],
          3,
        ),
        88,
        view.head,
      ),
    );
    bobble.setAttribute("d", view.closed(ellipse(108, -94, 12, 12, 12), 89, view.head));
    dots.setAttribute(
      "d",
      [
        [-22, -150],
        [20, -158],
        [56, -150],
        [82, -130],
      ]
        .map(([x, y], i) => view.closed(ellipse(x, y, 3.4, 3.4, 8), 90 + i, view.head))
        .join(""),
    );
  },
  hat([cone, dots, bobble], view) {
    const place = ([x, y]) => view.head([x * 0.94 + 16 + (y + 138) * -0.22, y]);
    cone.setAttribute(
      "d",
      view.closed(
        loop(
          [
            [-34, -136],
            [-18, -172],
            [0, -214],
            [18, -172],
            [34, -138],
            [0, -130],
          ],
          4,
        ),
        94,
        place,
      ),
    );
    dots.setAttribute(
      "d",
      [
        [-12, -150],
        [12, -158],
        [-2, -176],
      ]
        .map(([x, y], i) => view.closed(ellipse(x, y, 4.2, 4.2, 8), 95 + i, place))
        .join(""),
    );
    bobble.setAttribute("d", view.closed(ellipse(0, -214, 10, 10, 12), 98, place));
  },
};

/** Little things in the air: each rises and fades on its own clock, so that nothing needs to be remembered. */
function drawAir(items, kind, look, view, t) {
  items.forEach((item, i) => {
    const spec = kind === undefined ? undefined : FLOAT[kind];
    if (spec === undefined || i >= spec.count || look.melt > 0.6) {
      item.setAttribute("display", "none");
      return;
    }
    const life = (t * spec.speed + i / spec.count) % 1;
    const turn = Math.floor(t * spec.speed + i / spec.count);
    const seed = i * 7 + turn * 13;
    const [x, y, size, angle] = spec.at(life, jitter(seed, 1), jitter(seed, 2), i, view);
    item.setAttribute("display", "inline");
    item.setAttribute("class", `air air-${kind} air-${(i + turn) % 4}`);
    item.setAttribute("d", spec.d);
    item.setAttribute("opacity", spec.opacity(life).toFixed(2));
    item.setAttribute(
      "transform",
      `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${angle.toFixed(0)}) scale(${size.toFixed(2)})`,
    );
  });
}

const fade = (life) => Math.min(1, life * 5, (1 - life) * 3);

const FLOAT = {
  notes: {
    count: 3,
    speed: 0.22,
    d: "M-3 8a4.6 3.6 -20 1 1 2-3V-10q6 1 8 6q-4-3-6-2V5a4.6 3.6 -20 0 1-4 3Z",
    opacity: fade,
    at: (life, a, b, i) => [
      (i % 2 === 0 ? 1 : -1) * (104 + a * 12 + Math.sin(life * 8) * 5),
      -190 - life * 90,
      0.9 + b * 0.2,
      a * 18,
    ],
  },
  zs: {
    count: 3,
    speed: 0.16,
    d: "M-7-7H7L-6 7H8",
    opacity: fade,
    at: (life, a) => [
      84 + life * 46 + Math.sin(life * 7) * 7,
      -250 - life * 82,
      0.55 + life * 0.95,
      a * 14,
    ],
  },
  sparkles: {
    count: 6,
    speed: 0.5,
    d: "M0-10Q1.4-1.4 10 0Q1.4 1.4 0 10Q-1.4 1.4-10 0Q-1.4-1.4 0-10Z",
    opacity: fade,
    at: (life, a, b, i) => {
      const side = i % 2 === 0 ? 1 : -1;
      return [
        side * (112 + a * 26),
        -170 + b * 115,
        Math.sin(life * Math.PI) * (0.85 + a * 0.3),
        life * 40,
      ];
    },
  },
  confetti: {
    count: AIR_MAX,
    speed: 0.3,
    d: "M-4-6H4V6H-4Z",
    opacity: fade,
    at: (life, a, b, i) => [
      ((i / AIR_MAX) * 2 - 1) * 165 + Math.sin(life * 9 + a * 4) * 12,
      -370 + life * 350 + b * 26,
      0.8 + Math.abs(Math.sin(life * 14 + i)) * 0.35,
      life * 360 * (a > 0 ? 1 : -1) + i * 40,
    ],
  },
  dots: {
    count: 3,
    speed: 0,
    d: "M-9 0A9 9 0 1 1 9 0A9 9 0 1 1-9 0Z",
    opacity: () => 1,
    at: (_life, _a, _b, i) => [74 + i * 20, -292 - i * 21, 0.42 + i * 0.3, 0],
  },
  sweat: {
    count: 1,
    speed: 0.3,
    d: "M0-9Q7 2 5 6A5.6 5.6 0 0 1-5 6Q-7 2 0-9Z",
    opacity: fade,
    at: (life, _a, _b, _i, view) => {
      const [x, y] = view.head([-84, -112]);
      return [x - 6, y + life * 30, 1, 12];
    },
  },
};
