// movable.js: drag it, or move it with the arrow keys; it stays where it was put, and always in sight.

const KEY = "skelly.place";
const STEP = 24;
/** A press that moves less than this is a click. */
const SLACK = 6;

export function makeMovable(figure, stage, { onMove, onPress }) {
  // Kept as shares of the free room, so that it is in sight on any screen.
  let at = read();
  let drag = null;

  const room = () => ({
    x: Math.max(0, (stage.clientWidth - figure.offsetWidth * 0.55) / 2),
    y: Math.max(0, stage.clientHeight - figure.offsetHeight * 0.62),
  });

  function put(next) {
    at = { x: clamp(next.x, -1, 1), y: clamp(next.y, 0, 1) };
    const free = room();
    figure.style.transform = `translate(${at.x * free.x}px, ${-at.y * free.y}px)`;
    onMove();
  }

  function moveBy(dx, dy) {
    const free = room();
    put({ x: at.x + (free.x === 0 ? 0 : dx / free.x), y: at.y - (free.y === 0 ? 0 : dy / free.y) });
  }

  figure.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    drag = { id: event.pointerId, x: event.clientX, y: event.clientY, far: 0 };
    figure.setPointerCapture(event.pointerId);
    figure.classList.add("held");
  });
  figure.addEventListener("pointermove", (event) => {
    if (drag === null || event.pointerId !== drag.id) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    const far = drag.far + Math.hypot(dx, dy);
    if (far > SLACK) moveBy(dx, dy);
    drag = { ...drag, x: event.clientX, y: event.clientY, far };
  });
  const release = (event) => {
    if (drag === null) return;
    const pressed = drag.far <= SLACK && event.type === "pointerup";
    drag = null;
    figure.classList.remove("held");
    if (pressed) onPress();
    else keep(at);
  };
  figure.addEventListener("pointerup", release);
  figure.addEventListener("pointercancel", release);

  const MOVES = {
    ArrowLeft: () => moveBy(-STEP, 0),
    ArrowRight: () => moveBy(STEP, 0),
    ArrowUp: () => moveBy(0, -STEP),
    ArrowDown: () => moveBy(0, STEP),
    Home: () => put({ x: 0, y: 0 }),
    Enter: onPress,
    " ": onPress,
  };
  figure.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (move === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    move();
    keep(at);
  });
  window.addEventListener("resize", () => put(at));
  put(at);
}

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

function read() {
  try {
    const { x, y } = JSON.parse(localStorage.getItem(KEY) ?? "null") ?? {};
    if (Number.isFinite(x) && Number.isFinite(y)) return { x, y };
  } catch {
    // No storage in this browser, or not ours: it stands in the middle.
  }
  return { x: 0, y: 0 };
}

function keep(at) {
  try {
    localStorage.setItem(KEY, JSON.stringify(at));
  } catch {
    // It is remembered until the page is closed, and that is all that can be had.
  }
}
