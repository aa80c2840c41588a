// confirm.tsx: actions ask before they harm, say what would follow, and tell how it went.

import type { ModuleStatus } from "@skelly-jelly/contract";
import type { ComponentChild } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, messageOf, modulePath } from "./api.ts";
import { current } from "./store.ts";

export type Question = {
  readonly title: string;
  readonly text: readonly string[];
  readonly verb: string;
  readonly harmful: boolean;
  readonly act: () => void;
};

type Note = { readonly text: string; readonly tone: "good" | "bad" | "busy" };

let showQuestion: (question: Question | null) => void = () => {};
let showNote: (note: Note | null) => void = () => {};

export const confirm = (question: Question): void => showQuestion(question);
export const note = (text: string, tone: Note["tone"]): void => showNote({ text, tone });

export type Verb = "start" | "stop" | "restart" | "recover";

const DOING: Record<Verb, string> = {
  start: "Starting",
  stop: "Stopping",
  restart: "Restarting",
  recover: "Trying again with",
};
const DONE: Record<Verb, string> = {
  start: "is up",
  stop: "has stopped",
  restart: "was restarted",
  recover: "is up again",
};

export async function act(verb: Verb, id: string): Promise<void> {
  note(`${DOING[verb]} ${id}…`, "busy");
  try {
    await ask(`${modulePath(id)}/${verb}`, { method: "POST" });
    note(`${id} ${DONE[verb]}.`, "good");
  } catch (error) {
    note(`${id}: ${messageOf(error)}`, "bad");
  }
}

export function askToAct(verb: Verb, id: string): void {
  const harmful = verb === "stop" || verb === "restart";
  if (!harmful) return void act(verb, id);
  const own = id.replace(/#\d+$/, "");
  const dependents = [...current().modules.values()]
    .filter((module: ModuleStatus) => module.dependsOn.includes(own) && isUp(module))
    .map((module) => module.id);
  const follow =
    dependents.length === 0
      ? "No running module depends on it."
      : `Depending on it now: ${dependents.join(", ")}. They follow what their edges say.`;
  confirm({
    title: `${verb === "stop" ? "Stop" : "Restart"} ${id}?`,
    text: [
      verb === "stop" ? "It stays down until someone starts it." : "It is away for a moment.",
      follow,
    ],
    verb: verb === "stop" ? "Stop it" : "Restart it",
    harmful: true,
    act: () => void act(verb, id),
  });
}

const isUp = ({ state }: ModuleStatus): boolean => state === "running" || state === "starting";

const NOTE_MS = 6_000;

export function Confirming(): ComponentChild {
  const [question, setQuestion] = useState<Question | null>(null);
  const [shown, setShown] = useState<Note | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  showQuestion = setQuestion;
  showNote = setShown;
  useEffect(() => {
    if (question !== null) dialog.current?.showModal();
  }, [question]);
  useEffect(() => {
    if (shown === null || shown.tone === "busy") return;
    const timer = setTimeout(() => setShown(null), NOTE_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  const close = (): void => dialog.current?.close();
  return (
    <>
      <dialog ref={dialog} onClose={() => setQuestion(null)} aria-labelledby="question">
        {question !== null && (
          <>
            <h2 id="question">{question.title}</h2>
            {question.text.map((line) => (
              <p>{line}</p>
            ))}
            <div class="buttons">
              <button type="button" onClick={close}>
                Cancel
              </button>
              <button
                type="button"
                class={question.harmful ? "danger" : "primary"}
                onClick={() => {
                  close();
                  question.act();
                }}
              >
                {question.verb}
              </button>
            </div>
          </>
        )}
      </dialog>
      <div class="note-place" role="status" aria-live="polite">
        {shown !== null && (
          <div class={`note ${shown.tone}`}>
            <span>{shown.text}</span>
            <button type="button" class="icon" onClick={() => setShown(null)} aria-label="Dismiss">
              ✕
            </button>
          </div>
        )}
      </div>
    </>
  );
}
