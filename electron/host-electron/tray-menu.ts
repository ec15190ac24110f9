import type { MenuItemConstructorOptions } from "electron";
import type { PermissionRequest, PersonRequest, QuestionRequest } from "#shared/contract/permission.ts";
import { type BriefAllowance, briefAllowance } from "#shared/domain/brief-allowance.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { effectsInWords } from "#shared/domain/request-words.ts";

export interface TrayModel {
  readonly isUnlocked: boolean;
  readonly running: number;
  readonly needsYou: number;
  /** The keys for the next request as Electron writes them; null while they are not ours. */
  readonly accelerator: string | null;
  /** Riskiest first. */
  readonly pending: readonly PersonRequest[];
}

export interface TrayActions {
  open(): void;
  openRequest(request: PersonRequest): void;
  /** As the global shortcut does. */
  openNext(): void;
  openInbox(): void;
  answer(request: PermissionRequest, answer: BriefAllowance["answer"] | "deny"): void;
  /** The agent hears that its form is not answered, and goes on. */
  decline(request: QuestionRequest): void;
  lock(): void;
  stopEverything(): void;
  quit(): void;
}

/** Prompts that fit a menu; the rest are in the window. */
const shownPrompts = 5;

/** What the tray says in one line. */
export function trayTooltip(model: TrayModel): string {
  if (!model.isUnlocked) return "Gatehouse, locked";
  if (model.needsYou > 0) return `Gatehouse, ${model.needsYou} ${model.needsYou === 1 ? "needs" : "need"} you, ${model.running} running`;
  return `Gatehouse, ${model.running} running`;
}

/**
 * The tray's menu. A command that does not fit its line is never cut and offered for allowing
 * there: it can only be opened.
 */
export function trayMenu(
  model: TrayModel,
  words: (request: PermissionRequest) => string,
  actions: TrayActions,
): MenuItemConstructorOptions[] {
  const prompts = model.isUnlocked ? model.pending.slice(0, shownPrompts) : [];
  return [
    { label: "Open Gatehouse", click: () => actions.open() },
    { type: "separator" },
    { label: `${model.running} running`, enabled: false },
    { label: model.needsYou === 1 ? "1 needs you" : `${model.needsYou} need you`, enabled: false },
    ...(prompts.length > 0
      ? [
          {
            label: "Show the next request",
            ...(model.accelerator === null ? {} : { accelerator: model.accelerator }),
            click: () => actions.openNext(),
          },
        ]
      : []),
    ...prompts.map((request) => (request.kind === "question" ? formItem(request, actions) : promptItem(request, words(request), actions))),
    ...(prompts.length < model.pending.length && prompts.length > 0
      ? [{ label: `${model.pending.length - prompts.length} more in Gatehouse`, click: () => actions.openInbox() }]
      : []),
    { type: "separator" },
    { label: "Lock", enabled: model.isUnlocked, click: () => actions.lock() },
    { label: "Stop everything", click: () => actions.stopEverything() },
    { type: "separator" },
    { label: "Quit Gatehouse", click: () => actions.quit() },
  ];
}

/** Longest text a native menu shows on one line everywhere. */
const longestLine = 80;

function promptItem(request: PermissionRequest, words: string, actions: TrayActions): MenuItemConstructorOptions {
  const fits = words.length <= longestLine && !words.includes("\n");
  const open: MenuItemConstructorOptions = { label: "Show the whole request", click: () => actions.openRequest(request) };
  const deny: MenuItemConstructorOptions = { label: "Deny and stop the run", click: () => actions.answer(request, "deny") };
  const brief = briefAllowance(request);
  const allow: MenuItemConstructorOptions = { label: brief.words, click: () => actions.answer(request, brief.answer) };
  const about: MenuItemConstructorOptions = { label: escapeMnemonics(aboutRequest(request)), enabled: false };
  return {
    label: escapeMnemonics(fits ? words : `${clipped(request.taskTitle)}: a longer request`),
    submenu: [
      ...(fits ? [{ label: escapeMnemonics(words), enabled: false }] : []),
      about,
      { type: "separator" },
      ...(fits ? [allow] : []),
      ...[open, deny],
    ],
  };
}

/** How risky it is and whose, so that no answer has to be given on the command alone. */
function aboutRequest({ verdict, taskTitle, agentName }: PermissionRequest): string {
  const risks = effectsInWords(verdict) || "no known risk";
  return clipped(escapeControls(`${risks.charAt(0).toUpperCase()}${risks.slice(1)} · ${agentName} · ${taskTitle}`));
}

function clipped(text: string): string {
  return text.length > longestLine ? `${text.slice(0, longestLine - 1)}…` : text;
}

/** Its words may be cut: nothing is allowed there, and the form itself is only filled in where it is whole. */
function formItem(request: QuestionRequest, actions: TrayActions): MenuItemConstructorOptions {
  const words = escapeControls(request.form.message.replaceAll(/\s+/gu, " "));
  const line = `${request.agentName} asks: ${words}`;
  return {
    label: escapeMnemonics(clipped(line)),
    submenu: [
      { label: "Fill in the form", click: () => actions.openRequest(request) },
      { label: "Decline to answer", click: () => actions.decline(request) },
    ],
  };
}

/** An ampersand marks the access key of a menu item; hostile text must not. */
function escapeMnemonics(text: string): string {
  return text.replaceAll("&", "&&");
}
