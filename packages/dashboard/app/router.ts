// router.ts: where the page is: the part behind #.
import { useEffect, useState } from "preact/hooks";

export type Route = { readonly page: string; readonly id: string | null };

export function routeOf(hash: string): Route {
  const [page = "", id] = hash.replace(/^#\/?/, "").split("/");
  return { page: page === "" ? "overview" : page, id: id === undefined ? null : decode(id) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not written by us: taken as it is.
    return text;
  }
}

export const moduleHref = (id: string): string => `#/modules/${encodeURIComponent(id)}`;

export function useRoute(): Route {
  const [route, go] = useState(() => routeOf(location.hash));
  useEffect(() => {
    const moved = (): void => go(routeOf(location.hash));
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return route;
}
