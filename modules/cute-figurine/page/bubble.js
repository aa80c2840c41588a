// bubble.js: what it says, beside its head; stays while it is being read, and takes the answer.

export function createBubble({ root, words, react, anchor }) {
  let message = null;
  let answered = null;
  let timer = 0;

  const inUse = () => root.matches(":hover") || root.contains(document.activeElement);

  function close() {
    clearTimeout(timer);
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

  /** Above the head, within the page, with the tail towards the mouth. */
  function place() {
    if (root.hidden) return;
    const box = anchor.getBoundingClientRect();
    const stage = root.parentElement.getBoundingClientRect();
    const margin = 14;
    const headX = box.left + box.width / 2 - stage.left;
    // Where there is no room above the head, the figure steps back rather than hide behind its words.
    const foot = box.top + box.height * 0.92 - stage.top;
    const headHigh = box.height * 0.66;
    const room = foot - root.offsetHeight - 26;
    const fit = Math.max(0.55, Math.min(1, room / headHigh));
    anchor.style.setProperty("--fit", fit.toFixed(3));
    const headTop = foot - headHigh * fit;
    const wantLeft = headX - root.offsetWidth * 0.5;
    const left = Math.max(margin, Math.min(stage.width - root.offsetWidth - margin, wantLeft));
    const top = Math.max(6, headTop - root.offsetHeight - 22);
    root.style.left = `${left}px`;
    root.style.top = `${top}px`;
    const tail = Math.max(30, Math.min(root.offsetWidth - 50, headX - left - 26));
    root.style.setProperty("--tail", `${tail}px`);
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
      return true;
    },
    dismiss: () => answer("dismissed"),
  };
}
