// shapes.js: points of hand-drawn bones, and paths through them. Pure; knows nothing of the page.

/** A closed loop through hand-placed corners, `steps` points between each two (Catmull-Rom). */
export function loop(corners, steps = 5) {
  const points = [];
  const count = corners.length;
  for (let i = 0; i < count; i++) {
    const [p0, p1, p2, p3] = [-1, 0, 1, 2].map((k) => corners[(i + k + count) % count]);
    for (let s = 0; s < steps; s++) {
      const t = s / steps;
      points.push([spline(t, p0[0], p1[0], p2[0], p3[0]), spline(t, p0[1], p1[1], p2[1], p3[1])]);
    }
  }
  return points;
}

function spline(t, a, b, c, d) {
  const t2 = t * t;
  return (
    0.5 *
    (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t2 + (3 * b - a - 3 * c + d) * t2 * t)
  );
}

/** The left half's corners, mirrored over x = 0 to a whole outline. First and last lie on the axis. */
export function mirrored(half) {
  const other = half
    .slice(1, -1)
    .reverse()
    .map(([x, y]) => [-x, y]);
  return [...half, ...other];
}

export function ellipse(x, y, rx, ry, count = 18) {
  return Array.from({ length: count }, (_, i) => {
    const a = (i / count) * Math.PI * 2;
    return [x + Math.cos(a) * rx, y + Math.sin(a) * ry];
  });
}

/** A cartoon bone from a to b: a slim shaft with two knobs at each end. */
export function bone(a, b, width, knob) {
  const dx = b[0] - a[0];
  const dy = b[1] - a[1];
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  // Along the bone, then across it.
  const at = (along, across) => [a[0] + ux * along - uy * across, a[1] + uy * along + ux * across];
  const w = width / 2;
  const k = knob / 2;
  return loop(
    [
      at(k * 0.9, -w),
      at(length - k * 0.9, -w),
      at(length - k * 0.3, -k * 1.15),
      at(length + k * 0.75, -k * 0.85),
      at(length + k * 0.45, 0),
      at(length + k * 0.75, k * 0.85),
      at(length - k * 0.3, k * 1.15),
      at(length - k * 0.9, w),
      at(k * 0.9, w),
      at(k * 0.3, k * 1.15),
      at(-k * 0.75, k * 0.85),
      at(-k * 0.45, 0),
      at(-k * 0.75, -k * 0.85),
      at(k * 0.3, -k * 1.15),
    ],
    3,
  );
}

/** Two bones of given lengths from a shoulder to a hand: where the elbow is. `bend`: -1 or 1. */
export function elbow(shoulder, hand, upper, lower, bend) {
  const dx = hand[0] - shoulder[0];
  const dy = hand[1] - shoulder[1];
  const reach = Math.min(Math.hypot(dx, dy), (upper + lower) * 0.999) || 1;
  const along = (upper * upper - lower * lower + reach * reach) / (2 * reach);
  const across = Math.sqrt(Math.max(0, upper * upper - along * along)) * bend;
  const k = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / k, dy / k];
  return [shoulder[0] + ux * along - uy * across, shoulder[1] + uy * along + ux * across];
}

/** The path of a closed, smooth loop through the middles between its points. */
export function closedPath(points) {
  const count = points.length;
  const middle = (i) => {
    const [a, b] = [points[i % count], points[(i + 1) % count]];
    return `${round((a[0] + b[0]) / 2)} ${round((a[1] + b[1]) / 2)}`;
  };
  let path = `M${middle(0)}`;
  for (let i = 1; i <= count; i++) {
    const p = points[i % count];
    path += `Q${round(p[0])} ${round(p[1])} ${middle(i)}`;
  }
  return `${path}Z`;
}

/** The path of an open line, smooth in between, through its first and last point. */
export function openPath(points) {
  const last = points.length - 1;
  let path = `M${round(points[0][0])} ${round(points[0][1])}`;
  for (let i = 1; i < last; i++) {
    const [a, b] = [points[i], points[i + 1]];
    const end = i === last - 1 ? b : [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
    path += `Q${round(a[0])} ${round(a[1])} ${round(end[0])} ${round(end[1])}`;
  }
  return last === 1 ? `${path}L${round(points[1][0])} ${round(points[1][1])}` : path;
}

const round = (value) => Math.round(value * 10) / 10;

/** A repeatable number in -1..1 for a pair: the same hand draws the same wobble. */
export function jitter(i, seed) {
  const s = Math.sin(i * 127.1 + seed * 311.7) * 43758.5453;
  return (s - Math.floor(s)) * 2 - 1;
}
