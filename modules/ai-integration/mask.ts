// mask.ts: takes personal data out of a text before it leaves, and out of what comes back. Pure.

type Rule = {
  readonly name: string;
  readonly pattern: RegExp;
  /** Not everything of that shape is one. */
  readonly really?: (found: string) => boolean;
};

/** In this order: what is longer and more certain first. */
const RULES: readonly Rule[] = [
  {
    name: "key",
    pattern:
      /\b(?:sk|pk|rk|ghp|gho|ghs|glpat|xox[abp])[-_][A-Za-z0-9_-]{12,}\b|\bAKIA[A-Z0-9]{16}\b/g,
  },
  { name: "key", pattern: /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g },
  { name: "address", pattern: /\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi },
  { name: "email", pattern: /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu },
  { name: "iban", pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/g },
  { name: "card", pattern: /\b\d(?:[ -]?\d){12,18}\b/g, really: luhn },
  { name: "ssn", pattern: /\b\d{3}-\d{2}-\d{4}\b/g },
  {
    name: "ip",
    pattern: /\b(?:\d{1,3}\.){3}\d{1,3}\b/g,
    really: (found) => found.split(".").every((part) => Number(part) <= 255),
  },
  {
    name: "ip",
    pattern:
      /(?<![\w:])(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4})(?![\w:])|(?<![\w:])::1(?![\w:])/gi,
  },
  { name: "hash", pattern: /\b[0-9a-f]{32,}\b/gi },
  {
    name: "phone",
    pattern: /(?<![\w.])(?:\+|00)?\(?\d{1,4}\)?(?:[ ./-]?\(?\d{2,4}\)?){2,4}(?![\w.])/g,
    really: (found) => digitCount(found) >= 9 && digitCount(found) <= 15,
  },
  { name: "path", pattern: /(?:\/(?:home|Users|root|mnt|media)\/|[A-Z]:\\Users\\)[^\s"'<>]*/g },
];

export type Masked = { readonly text: string; readonly maskedCount: number };

export function mask(text: string): Masked {
  let maskedCount = 0;
  let now = text;
  for (const { name, pattern, really } of RULES) {
    now = now.replace(pattern, (found) => {
      if (really !== undefined && !really(found)) return found;
      maskedCount++;
      return `[${name}]`;
    });
  }
  return { text: now, maskedCount };
}

const digitCount = (found: string): number => found.replace(/\D/g, "").length;

/** The check sum of card numbers. */
function luhn(found: string): boolean {
  const digits = found.replace(/\D/g, "");
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length >= 13 && sum % 10 === 0;
}
