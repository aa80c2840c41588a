// bubble.js: what it says, beside its head; stays while it is being read, and takes the answer.

const MARGIN = 14;
/** How often it looks where the head is now. */
const FOLLOW_MS = 400;
/** When the figure would have to shrink below this share, its words go beside it instead. */
const BESIDE_BELOW = 0.7;

const within = (value, low, high) => Math.max(low, Math.min(high, value));

export function createBubble({ root, words, react, anchor }) {
  let message = null;
  let answered = null;
  let timer = 0;
  let following = 0;

  const inUse = () => root.matches(":hover") || root.contains(document.activeElement);

  function close() {
    clearTimeout(timer);
    clearInterval(following);
    const hadFocus = root.contains(document.activeElement);
    root.hidden = true;
    anchor.style.removeProperty("--fit");
    message = null;
    if (hadFocus) anchor.focus();
  }

  /** Nothing is taken away while a pointer or the keyboard is on it. */
  function closeWhenFree() {
    clearTimeout(timer);
    if (inUse()) timer = setTimeout(closeWhenFree, 700);
    else close();
  }

  function answer(reaction) {
    if (message === null) return;
    answered = message.messageId;
    react({ reaction, message, correctedState: null });
    close();
  }

  root.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-reaction]");
    if (button !== null) answer(button.dataset.reaction);
  });

  /** Above the head, or beside it where there is no room above; always within the page. */
  function place() {
    if (root.hidden) return;
    const box = anchor.getBoundingClientRect();
    const stage = root.parentElement.getBoundingClientRect();
    const headX = box.left + box.width / 2 - stage.left;
    const foot = box.top + box.height * 0.92 - stage.top;
    const { stance, melt = 0 } = anchor.querySelector("svg").dataset;
    // A party hat needs room; what melts stands lower.
    const high = box.height * (stance === "celebrating" ? 0.86 : 0.66) * (1 - melt * 0.3);
    const roomAbove = foot - root.offsetHeight - 26;
    const beside = roomAbove / high < BESIDE_BELOW && stage.width > root.offsetWidth * 2;
    // Where there is little room above the head, the figure steps back rather than hide behind its words.
    const fit = beside ? 1 : Math.max(0.5, Math.min(1, roomAbove / high));
    anchor.style.setProperty("--fit", fit.toFixed(3));
    root.dataset.beside = String(beside);
    const want = beside
      ? { left: headX + box.width * 0.24, top: foot - high - root.offsetHeight * 0.1 }
      : { left: headX - root.offsetWidth * 0.5, top: foot - high * fit - root.offsetHeight - 22 };
    const left = within(want.left, MARGIN, stage.width - root.offsetWidth - MARGIN);
    root.style.left = `${left}px`;
    root.style.top = `${within(want.top, 6, Math.max(6, stage.height - root.offsetHeight))}px`;
    root.style.setProperty("--tail", `${within(headX - left - 26, 30, root.offsetWidth - 50)}px`);
  }

  return {
    place,
    /** True when this is a message that has not been shown before. */
    show(next) {
      if (next === null) {
        if (message !== null) closeWhenFree();
        return false;
      }
      if (next.messageId === answered) return false;
      if (next.messageId === message?.messageId) return false;
      clearTimeout(timer);
      message = next;
      words.textContent = next.text;
      root.dataset.style = next.style;
      root.hidden = false;
      place();
      clearInterval(following);
      following = setInterval(place, FOLLOW_MS);
      return true;
    },
    dismiss: () => answer("dismissed"),
  };
}
