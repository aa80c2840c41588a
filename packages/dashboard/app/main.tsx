// main.tsx: the dashboard begins here.
import { render } from "preact";
import { takeToken } from "./api.ts";
import { goLive } from "./live.ts";
import { Shell } from "./shell.tsx";
import { restoreTheme } from "./theme.ts";

restoreTheme();
takeToken();
goLive();
// A second address of `skelly dashboard`, opened in this tab.
addEventListener("hashchange", () => {
  if (!location.hash.startsWith("#token=")) return;
  takeToken();
  location.reload();
});
const root = document.getElementById("app");
if (root !== null) render(<Shell />, root);
