// face.js: the skull and what it feels: eyes with a light in them, brows, nose, stitched smile.
import { ellipse, loop, mirrored } from "./shapes.js";
import { add, show } from "./svg.js";

const SKULL = loop(
  mirrored([
    [0, -146],
    [-36, -143],
    [-69, -122],
    [-86, -84],
    [-82, -50],
    [-67, -31],
    [-55, -22],
    [-50, -4],
    [-38, 10],
    [-16, 14],
    [0, 14],
  ]),
  4,
);
/** The shaded side: a crescent along the right edge. */
const SHADE = loop(
  [
    [50, -134],
    [75, -105],
    [83, -76],
    [78, -49],
    [61, -29],
    [50, -16],
    [45, 2],
    [30, 10],
    [0, 12],
    [28, 3],
    [40, -14],
    [50, -32],
    [68, -58],
    [71, -92],
  ],
  4,
);
const NOSE = loop(
  mirrored([
    [0, -51],
    [-5, -47],
    [-7.5, -40],
    [-4, -37],
    [0, -41],
  ]),
  3,
);
const EYE = { x: 35, y: -68, rx: 21, ry: 25 };

export function makeFace(layer) {
  return {
    skull: add(layer, "path", { class: "bone skull" }),
    shade: add(layer, "path", { class: "shade" }),
    shine: add(layer, "path", { class: "shine" }),
    crack: add(layer, "path", { class: "line fine" }),
    cheeks: [0, 1].map(() => add(layer, "path", { class: "blush" })),
    eyes: [0, 1].map(() => ({
      socket: add(layer, "path", { class: "socket" }),
      halo: add(layer, "circle", { fill: "url(#soul)" }),
      light: add(layer, "circle", { class: "soul" }),
      spark: add(layer, "circle", { class: "spark" }),
      glint: add(layer, "circle", { class: "spark" }),
      arc: add(layer, "path", { class: "line eye-arc" }),
      lid: add(layer, "path", { class: "line eye-arc" }),
      brow: add(layer, "path", { class: "line brow" }),
    })),
    nose: add(layer, "path", { class: "socket" }),
    mouth: add(layer, "path", { class: "mouth" }),
    tongue: add(layer, "path", { class: "tongue" }),
    smile: add(layer, "path", { class: "line" }),
    stitches: add(layer, "path", { class: "line fine" }),
  };
}

export function drawFace(face, pose, view, _t) {
  const { head } = view;
  face.skull.setAttribute("d", view.closed(SKULL, 51, head));
  face.shade.setAttribute("d", view.closed(SHADE, 52, head));
  face.shine.setAttribute(
    "d",
    view.open(
      [
        [-64, -103],
        [-55, -119],
        [-40, -130],
      ],
      53,
      head,
    ),
  );
  face.crack.setAttribute(
    "d",
    view.open(
      [
        [36, -139],
        [31, -128],
        [38, -122],
        [34, -113],
      ],
      54,
      head,
    ),
  );
  face.nose.setAttribute("d", view.closed(NOSE, 55, head));
  for (const side of [-1, 1]) {
    const i = side === -1 ? 0 : 1;
    face.cheeks[i].setAttribute(
      "d",
      view.closed(ellipse(side * 55, -38, 12, 7.5, 12), 57 + i, head),
    );
    face.cheeks[i].setAttribute("opacity", (pose.blush * 0.8).toFixed(2));
    drawEye(face.eyes[i], side, pose, view);
  }
  drawMouth(face, pose, view);
}

function drawEye(eye, side, pose, view) {
  const { head } = view;
  const open = Math.max(0.02, pose.eye * (1 - pose.happyEye));
  const shown = open > 0.16;
  const lidded = Math.min(1, open);
  // A half-shut eye loses its upper half: the lower edge stays.
  const cy = EYE.y + (1 - lidded) * 9;
  const ry = EYE.ry * Math.max(open, 0.06);
  eye.socket.setAttribute(
    "d",
    view.closed(ellipse(side * EYE.x, cy, EYE.rx + (1 - lidded) * 2, ry, 16), 61 + side, head),
  );
  show(eye.socket, shown);
  const [x, y] = head([side * EYE.x + pose.lookX, cy + pose.lookY * lidded]);
  for (const part of [eye.halo, eye.light, eye.spark, eye.glint]) show(part, shown);
  place(eye.halo, x, y, 17 * lidded);
  place(eye.light, x, y, 7.6 * Math.min(1, 0.45 + lidded * 0.6));
  place(eye.spark, x - 3.4, y - 3.6 * lidded, 2.7 * lidded);
  place(eye.glint, x + 3.2, y + 3.2 * lidded, 1.3 * lidded);
  const arc = (bend, lift) =>
    view.open(
      [
        [side * EYE.x - 17, EYE.y + 6 - lift],
        [side * EYE.x - 9, EYE.y + 6 - lift - bend * 0.8],
        [side * EYE.x, EYE.y + 6 - lift - bend * 1.25],
        [side * EYE.x + 9, EYE.y + 6 - lift - bend * 0.8],
        [side * EYE.x + 17, EYE.y + 6 - lift],
      ],
      64 + side,
      head,
    );
  eye.arc.setAttribute("d", arc(13, -2));
  show(eye.arc, !shown && pose.happyEye > 0.5);
  eye.lid.setAttribute("d", arc(-8, 0));
  show(eye.lid, !shown && pose.happyEye <= 0.5);
  const inner = side * 17;
  const outer = side * 49;
  eye.brow.setAttribute(
    "d",
    view.open(
      [
        [inner, -104 + pose.brow * 7],
        [(inner + outer) / 2, -108 - Math.abs(pose.brow) * 1.5],
        [outer, -102 - pose.brow * 6],
      ],
      67 + side,
      head,
    ),
  );
  eye.brow.setAttribute(
    "opacity",
    Math.min(1, Math.max(0, Math.abs(pose.brow) * 8 - 1)).toFixed(2),
  );
}

function drawMouth(face, pose, view) {
  const { head } = view;
  const wide = 25 + Math.max(0, pose.smile) * 5 - pose.open * 4;
  const corner = -17 - pose.smile * 6;
  const middle = -17 + pose.smile * 12;
  const upper = [
    [-wide, corner],
    [-wide * 0.5, (corner + middle * 2) / 3],
    [0, middle - pose.open * 7],
    [wide * 0.5, (corner + middle * 2) / 3],
    [wide, corner],
  ];
  face.smile.setAttribute("d", view.open(upper, 71, head));
  const isOpen = pose.open > 0.06;
  show(face.mouth, isOpen);
  show(face.tongue, pose.open > 0.3);
  show(face.stitches, pose.open < 0.35);
  if (isOpen) {
    const drop = middle - pose.open * 7 + pose.open * 30;
    const lower = [
      [wide * 0.72, corner + (drop - corner) * 0.7],
      [0, drop],
      [-wide * 0.72, corner + (drop - corner) * 0.7],
    ];
    face.mouth.setAttribute("d", view.closed(loop([...upper, ...lower], 3), 72, head));
    face.tongue.setAttribute(
      "d",
      view.closed(ellipse(0, drop - 5, wide * 0.38, 4.5, 10), 73, head),
    );
  }
  const stitches = [-0.62, -0.22, 0.22, 0.62].map((k) => {
    const y = corner + (middle - corner) * (1 - k * k);
    return view.open(
      [
        [wide * k, y - 5],
        [wide * k * 1.02, y],
        [wide * k, y + 5],
      ],
      74,
      head,
    );
  });
  face.stitches.setAttribute("d", stitches.join(""));
}

function place(circle, x, y, r) {
  circle.setAttribute("cx", x.toFixed(1));
  circle.setAttribute("cy", y.toFixed(1));
  circle.setAttribute("r", Math.max(0, r).toFixed(1));
}
