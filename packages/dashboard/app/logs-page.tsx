// logs-page.tsx: all modules' lines as one story.
import type { ComponentChild } from "preact";
import { LogView } from "./log-view.tsx";

export const LogsPage = (): ComponentChild => (
  <section class="full">
    <h1>Logs</h1>
    <LogView module={null} />
  </section>
);
