// nearest.ts: the known name that a mistyped one most likely meant, as the end of a sentence.
import { nearest } from "@skelly-jelly/contract";

/** " Did you mean 'x'?", or nothing. The beginning of a name counts as near. */
export function didYouMean(wanted: string, known: Iterable<string>): string {
  const names = [...known];
  const begun = wanted.length >= 2 ? names.find((each) => each.startsWith(wanted)) : undefined;
  const name = begun ?? nearest(wanted, names);
  return name === null ? "" : ` Did you mean '${name}'?`;
}
