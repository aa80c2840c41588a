// stream.js: the module's event stream: a snapshot, then changes; the browser reconnects and resumes.

/** Longer than the module's heartbeat: after this silence the line is dead, whatever the socket says. */
const SILENCE_MS = 40_000;

export function openStream({ onView, onLink }) {
  let view = null;
  let source = null;
  let watch = 0;

  function open() {
    source = new EventSource("events");
    source.addEventListener("open", () => heard());
    source.addEventListener("beat", () => heard());
    source.addEventListener("snapshot", (event) => take(JSON.parse(event.data), view === null));
    source.addEventListener("change", (event) => {
      if (view !== null) take({ ...view, ...JSON.parse(event.data) }, false);
      else heard();
    });
    source.addEventListener("error", () => {
      onLink("lost");
      // The browser tries again by itself, unless the answer was a refusal.
      if (source.readyState === EventSource.CLOSED) again();
    });
  }

  function take(next, first) {
    view = next;
    heard();
    onView(view, { first });
  }

  function heard() {
    onLink("live");
    clearTimeout(watch);
    watch = setTimeout(() => {
      onLink("lost");
      again();
    }, SILENCE_MS);
  }

  function again() {
    clearTimeout(watch);
    source.close();
    watch = setTimeout(open, 2000);
  }

  onLink("connecting");
  open();
}
