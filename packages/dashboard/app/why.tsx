// why.tsx: why it is as it is: the chain of causes, first to last.
import type { ApiWhy } from "@skelly-jelly/contract";
import type { ComponentChild } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask } from "./api.ts";
import { clock } from "./format.ts";
import { moduleHref } from "./router.ts";

/** `when` makes the last answer old: it is asked anew when this changes. */
type Props = { readonly path: string; readonly when: string };

const SOON_MS = 400;

export function Why({ path, when }: Props): ComponentChild {
  const [why, setWhy] = useState<ApiWhy | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => {
      ask<ApiWhy>(path).then(setWhy, () => {
        // The line is down, and the page says so: the last answer stays.
      });
    }, SOON_MS);
    return () => clearTimeout(timer);
  }, [path, when]);
  if (why === null) return null;
  return (
    <section aria-labelledby="why">
      <h2 id="why">Why</h2>
      <div class="why-box">
        <p>{why.sentence}</p>
        {why.chain.length > 0 && (
          <ol class="chain">
            {why.chain.map((link) => (
              <li>
                {link.timeMs !== null && <time>{clock(link.timeMs)}</time>}
                {link.module !== null && <a href={moduleHref(link.module)}>{link.module}</a>}{" "}
                {link.fact}
                {link.because !== null && <small> because {link.because}</small>}
              </li>
            ))}
          </ol>
        )}
        {why.next.length > 0 && (
          <p class="quiet">
            Next:{" "}
            {why.next.map((each, index) => (
              <>
                {index > 0 && ", "}
                <code>{each}</code>
              </>
            ))}
          </p>
        )}
      </div>
    </section>
  );
}
