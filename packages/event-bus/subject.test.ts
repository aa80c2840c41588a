// subject.test.ts: the grammar of subjects, and that the trie finds what the grammar says.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { covers, hasWildcard, isPattern, isSubject, overlaps, subjectMatches } from "./subject.ts";
import { SubjectTrie } from "./subject-trie.ts";

const word = fc.constantFrom("a", "b", "c");
const subject = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join("."));
const pattern = fc
  .tuple(
    fc.array(fc.constantFrom("a", "b", "c", "*"), { maxLength: 3 }),
    fc.constantFrom("a", "*", ">"),
  )
  .map(([words, last]) => [...words, last].join("."));

test("a subject has no empty token, no blank and no wildcard", () => {
  for (const good of ["a", "a.b", "skelly.shop.health.api#1", "ä.ö", "a*b.c>"]) {
    assert.ok(isSubject(good), good);
  }
  for (const bad of ["", ".", "a.", ".a", "a..b", "a b", "a\tb", "a\r\nb", "*", "a.>", "a.*"]) {
    assert.ok(!isSubject(bad), JSON.stringify(bad));
  }
});

test("a pattern has its > at the end", () => {
  for (const good of [">", "*", "a.>", "*.b.>", "a.*.c"]) assert.ok(isPattern(good), good);
  for (const bad of [">.a", "a.>.b", "a..>", "a. >"]) assert.ok(!isPattern(bad), bad);
  assert.ok(hasWildcard("a.*") && hasWildcard(">") && !hasWildcard("a*.b"));
});

test("* matches one token, > matches one or more", () => {
  assert.ok(subjectMatches("a.*", "a.b") && !subjectMatches("a.*", "a.b.c"));
  assert.ok(!subjectMatches("a.*", "a") && !subjectMatches("a.>", "a"));
  assert.ok(subjectMatches("a.>", "a.b.c") && subjectMatches(">", "a"));
});

test("the trie finds exactly the patterns that match, also after some were removed", () => {
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 20 }), subject, fc.nat(), (patterns, of, seed) => {
      const trie = new SubjectTrie<string>();
      const entries = patterns.map((text, index) => [text, `${index} ${text}`] as const);
      for (const [text, value] of entries) trie.add(text, value);
      const kept = entries.filter((_, index) => (index + seed) % 3 !== 0);
      for (const entry of entries) if (!kept.includes(entry)) trie.remove(...entry);
      const expected = kept.filter(([text]) => subjectMatches(text, of)).map(([, value]) => value);
      assert.deepEqual([...trie.match(of)].sort(), expected.sort());
    }),
  );
});

test("a pattern that covers another matches all that it matches; overlapping ones share a subject", () => {
  fc.assert(
    fc.property(pattern, pattern, subject, (left, right, of) => {
      const both = subjectMatches(left, of) && subjectMatches(right, of);
      if (both) assert.ok(overlaps(left, right));
      if (covers(left, right) && subjectMatches(right, of)) assert.ok(subjectMatches(left, of));
    }),
  );
});
