// subject-trie.ts: finds the values whose pattern matches a subject, token by token.

type Node<T> = {
  readonly children: Map<string, Node<T>>;
  star: Node<T> | null;
  /** Values whose pattern ends here with `>`. */
  readonly rest: Set<T>;
  readonly here: Set<T>;
};

export class SubjectTrie<T> {
  readonly #root: Node<T> = emptyNode();

  add(pattern: string, value: T): void {
    const tokens = pattern.split(".");
    const tail = tokens.at(-1) === ">";
    let node = this.#root;
    for (const token of tail ? tokens.slice(0, -1) : tokens) node = childFor(node, token);
    (tail ? node.rest : node.here).add(value);
  }

  /** Forgets it, and the branches that nothing uses any more. */
  remove(pattern: string, value: T): void {
    removeFrom(this.#root, pattern.split("."), 0, value);
  }

  match(subject: string): readonly T[] {
    const found: T[] = [];
    collect(this.#root, subject.split("."), 0, found);
    return found;
  }
}

function emptyNode<T>(): Node<T> {
  return { children: new Map(), star: null, rest: new Set(), here: new Set() };
}

function childFor<T>(node: Node<T>, token: string): Node<T> {
  if (token === "*") {
    node.star ??= emptyNode();
    return node.star;
  }
  const known = node.children.get(token);
  if (known !== undefined) return known;
  const made = emptyNode<T>();
  node.children.set(token, made);
  return made;
}

function removeFrom<T>(node: Node<T>, tokens: readonly string[], at: number, value: T): void {
  const token = tokens[at];
  if (token === undefined) {
    node.here.delete(value);
  } else if (token === ">" && at === tokens.length - 1) {
    node.rest.delete(value);
  } else if (token === "*") {
    if (node.star === null) return;
    removeFrom(node.star, tokens, at + 1, value);
    if (isEmpty(node.star)) node.star = null;
  } else {
    const child = node.children.get(token);
    if (child === undefined) return;
    removeFrom(child, tokens, at + 1, value);
    if (isEmpty(child)) node.children.delete(token);
  }
}

function isEmpty<T>(node: Node<T>): boolean {
  return (
    node.children.size === 0 && node.star === null && node.rest.size === 0 && node.here.size === 0
  );
}

function collect<T>(node: Node<T>, tokens: readonly string[], at: number, found: T[]): void {
  const token = tokens[at];
  if (token === undefined) {
    found.push(...node.here);
    return;
  }
  found.push(...node.rest);
  const child = node.children.get(token);
  if (child !== undefined) collect(child, tokens, at + 1, found);
  if (node.star !== null) collect(node.star, tokens, at + 1, found);
}
