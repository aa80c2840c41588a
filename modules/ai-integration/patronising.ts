// patronising.ts: the phrases that talk down to people, by family, and what can be said instead. Pure.
import type { Expertise } from "./ai-config.ts";

export const FAMILIES = [
  "trivialising",
  "reassurance",
  "over-explaining",
  "hollow-praise",
  "scolding",
] as const;
export type Family = (typeof FAMILIES)[number];

/** How much a family hurts a reader, 0..1. Below 0.3 it is let through. */
// biome-ignore format: a table is read by column
const SENSITIVITY: Record<Family, Record<Expertise, number>> = {
  trivialising:      { expert: 1,    intermediate: 0.8, beginner: 0.3 },
  reassurance:       { expert: 0.9,  intermediate: 0.7, beginner: 0.2 },
  "over-explaining": { expert: 1,    intermediate: 0.6, beginner: 0.1 },
  "hollow-praise":   { expert: 0.95, intermediate: 0.8, beginner: 0.3 },
  // Nobody is ever so new to anything that they should be scolded.
  scolding:          { expert: 1,    intermediate: 1,   beginner: 1 },
};
const FLAGGED_FROM = 0.3;

type Phrase = {
  readonly family: Family;
  readonly pattern: RegExp;
  /** What is said instead; `null`: the sentence goes. */
  readonly instead: string | null;
};

/** Whole words, any case, and an end that also holds before `!` and at the end of the line. */
const phrase = (family: Family, source: string, instead: string | null): Phrase => ({
  family,
  pattern: new RegExp(`(?<![\\p{L}\\p{N}])(?:${source})(?![\\p{L}\\p{N}])`, "giu"),
  instead,
});

const PRAISE =
  "great|good|nice|awesome|amazing|fantastic|excellent|wonderful|incredible|brilliant|superb|stellar|outstanding|terrific|super";
const WHAT = "job|work|going|stuff|effort|progress|try|start|one|thinking";

const PHRASES: readonly Phrase[] = [
  phrase("trivialising", "(?:you )?(?:just|simply|merely) (?:need|have|got) to", "you could"),
  phrase("trivialising", "all you (?:need|have) to do is", "you could"),
  phrase(
    "trivialising",
    "it(?:'s| is) (?:really |so |very |super |that )?(?:easy|simple|trivial)",
    null,
  ),
  phrase(
    "trivialising",
    "(?:easy|simple) as (?:that|pie|abc|1-2-3)|easy[ -]peasy|piece of cake|no[ -]brainer|child'?s play|(?:any|every)(?:one|body) can",
    null,
  ),
  phrase("trivialising", "obviously,?|of course,?|clearly,?|needless to say,?", ""),
  phrase(
    "trivialising",
    "how hard can it be|it(?:'s| is) not (?:that |so )?(?:hard|difficult)|(?:it )?should(?:n't| not) be (?:that |so )?(?:hard|difficult)",
    null,
  ),
  phrase("trivialising", "just(?! (?:now|in case|as))|simply|merely", ""),
  phrase(
    "reassurance",
    "(?:do not|don'?t) (?:you )?(?:worry|panic|stress|be hard on yourself|feel bad|give up|be discouraged)|no need to (?:worry|panic|feel bad)|not to worry|no worries",
    null,
  ),
  phrase(
    "reassurance",
    "it(?:'s| is)(?: all| perfectly| totally)? (?:ok|okay|alright|all right|fine)|that(?:'s| is) (?:ok|okay|alright|all right)|there,? there",
    null,
  ),
  phrase(
    "reassurance",
    "you(?:'ll| will) (?:get there|figure it out|be fine|do fine|get it(?: eventually)?)|hang in there|chin up|cheer up|calm down|relax|take it easy",
    null,
  ),
  phrase(
    "reassurance",
    "every(?:one|body) (?:struggles|makes mistakes|gets (?:distracted|stuck))|happens to (?:everyone|the best of us|all of us)",
    null,
  ),
  phrase(
    "reassurance",
    "i know (?:it(?:'s| is) |this is )?(?:hard|difficult|tough) for you|poor thing|bless you|sweetie|sweetheart|honey|buddy|champ|kiddo|pal|little one",
    null,
  ),
  phrase(
    "over-explaining",
    "as you (?:may|might|probably|surely|should)(?: already)? know|as (?:i|we)(?:'ve| have)? (?:said|mentioned|explained)|let me (?:explain|show you how|help you understand|break (?:it|this) down)",
    null,
  ),
  phrase(
    "over-explaining",
    "in other words|to put it simply|in simple terms|simply put|basically|what (?:this|that|i) means? is|did you know(?: that)?|you see,",
    "",
  ),
  phrase(
    "over-explaining",
    "(?:always )?remember(?:,| that| to)|keep in mind(?: that)?|(?:it(?:'s| is) )?important to (?:note|remember|understand)(?: that)?|studies (?:show|say)(?: that)?",
    "",
  ),
  phrase(
    "hollow-praise",
    `(?:(?:so|such|very|really|truly|what|an?) )*(?:${PRAISE}) (?:${WHAT})`,
    null,
  ),
  phrase(
    "hollow-praise",
    "you(?:'re| are) (?:doing |so |such |really |truly |absolutely )*(?:an? )?(?:great|good|well|amazing(?:ly)?|awesome|fantastic(?:ally)?|wonderful(?:ly)?|incredible|incredibly|brilliant|super|superstar|star|rock ?star|genius|hero|legend|champion|smart|clever|the best)",
    null,
  ),
  phrase(
    "hollow-praise",
    "well done|way to go|keep (?:it|this) up|keep going|you(?:'ve| have)? got this|you rock|you can do (?:it|this)|i(?:'m| am)? (?:so )?proud of you|i believe in you|bravo|hooray|hurray|woo ?hoo|attaboy|attagirl|atta ?(?:boy|girl)|good (?:boy|girl|kid)|high five|gold star|kudos|yay",
    null,
  ),
  phrase(
    "hollow-praise",
    "(?:absolutely |truly |simply )?(?:amazing|awesome|fantastic|incredible|unbelievable|phenomenal|spectacular|magnificent|legendary|epic|perfect|flawless|unstoppable|superstar|rockstar)",
    null,
  ),
  phrase(
    "hollow-praise",
    "crush(?:ing|ed)? it|killing it|nail(?:ing|ed) it|on fire|smash(?:ing|ed) it",
    null,
  ),
  phrase(
    "scolding",
    "you (?:really )?(?:should(?: have)?|must|need to|ought to|have to)(?: really)?(?! know)",
    "you could",
  ),
  phrase(
    "scolding",
    "(?:stop|quit) (?:wasting|getting|being|procrastinating|slacking|wandering|messing|fooling)[^.!?]*|pay attention|snap out of it|get (?:back )?to work|get it together|try harder|(?<=^|[.!?,;:] |please |now |and |to )(?:concentrate|focus)(?: harder| up| now)?(?=[!.,]|$)|(?:concentrate|focus) (?:harder|on your work)|stay focused|be productive",
    null,
  ),
  phrase(
    "scolding",
    "you (?:failed|wasted|keep (?:failing|getting distracted)|always|never) ?[^.!?]*|lazy|laziness|(?:your )?bad habits?|disappoint(?:ed|ing)|shame on you|(?:distracted|procrastinating) again|what(?:'s| is) wrong with you|get a grip|excuses",
    null,
  ),
];

export type Finding = { readonly family: Family; readonly found: string };

/** What talks down in a text, for this reader. Empty: it passes. */
export function inspect(text: string, expertise: Expertise): readonly Finding[] {
  // Stretched letters ("greaaat") are read as what they stand for.
  const plain = clean(text);
  const readings = new Set([plain, plain.replace(/(\p{L})\1{2,}/giu, "$1")]);
  const findings: Finding[] = [];
  for (const { family, pattern } of flagged(expertise)) {
    for (const reading of readings) {
      const found = reading.match(pattern);
      if (found === null) continue;
      findings.push(...found.map((one) => ({ family, found: one })));
      break;
    }
  }
  return findings;
}

export type Rewritten = { readonly text: string; readonly rewrittenCount: number };

/** The text without what talks down; `null` when nothing worth saying is left, or it cannot be mended. */
export function rewrite(text: string, expertise: Expertise): Rewritten | null {
  let now = clean(text);
  let rewrittenCount = 0;
  for (const { pattern, instead } of flagged(expertise)) {
    if (instead !== null) {
      now = now.replace(pattern, () => {
        rewrittenCount++;
        return instead;
      });
      continue;
    }
    const sentences = sentencesOf(now);
    const kept = sentences.filter((sentence) => sentence.search(pattern) < 0);
    rewrittenCount += sentences.length - kept.length;
    now = kept.join(" ");
  }
  const tidied = rewrittenCount === 0 ? now : tidy(now);
  const enough = tidied.split(/\s+/).filter((word) => /\p{L}/u.test(word)).length >= 2;
  if (!enough || inspect(tidied, expertise).length > 0) return null;
  return { text: tidied, rewrittenCount };
}

/** One kind of quote, dash and space; nothing invisible. */
export function clean(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/[\u2018\u2019\u02bc`\u00b4]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/\p{Cf}/gu, "")
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
}

export const sentencesOf = (text: string): readonly string[] =>
  text.match(/[^.!?]+[.!?]*(?:\s|$)|[.!?]+/g)?.map((sentence) => sentence.trim()) ?? [];

const flagged = (expertise: Expertise): readonly Phrase[] =>
  PHRASES.filter(({ family }) => SENSITIVITY[family][expertise] >= FLAGGED_FROM);

/** Spaces, commas and capitals after something was taken out. */
function tidy(text: string): string {
  return text
    .replace(/\s+([,.!?;:])/g, "$1")
    .replace(/([,;:])(?:\s*[,;:])+/g, "$1")
    .replace(/(^|[.!?]\s+)[,;:\s]+/g, "$1")
    .replace(/\s{2,}/g, " ")
    .trim()
    .replace(
      /(^|[.!?]\s+)(\p{Ll})/gu,
      (_all, before: string, letter: string) => `${before}${letter.toUpperCase()}`,
    );
}
