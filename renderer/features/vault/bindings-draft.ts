import { SecretBinding, type SecretPlace } from "#shared/contract/vault.ts";

/** A destination as it is typed; read with {@link readBindings}. */
export interface BindingDraft {
  readonly host: string;
  /** Words, comma or space between them; empty: any. */
  readonly methods: string;
  readonly paths: string;
  readonly place: SecretPlace["kind"];
  /** Name of the header, user of the basic authentication, pointer of the field. */
  readonly where: string;
  readonly prefix: string;
}

export const newBinding: BindingDraft = { host: "", methods: "", paths: "", place: "header", where: "authorization", prefix: "Bearer " };

/** What the second part of a place is called, and what it usually is. */
export const placeWords: Readonly<Record<SecretPlace["kind"], { readonly label: string; readonly where: string; readonly usual: string }>> =
  {
    header: { label: "In a header", where: "Header", usual: "authorization" },
    basic: { label: "As a password", where: "User", usual: "x-access-token" },
    field: { label: "In a JSON field", where: "Pointer", usual: "/token" },
  };

export function draftsOf(bindings: readonly SecretBinding[]): readonly BindingDraft[] {
  return bindings.map(({ host, methods, paths, place }) => ({
    host,
    methods: methods.join(", "),
    paths: paths.join(", "),
    place: place.kind,
    where: place.kind === "header" ? place.name : place.kind === "basic" ? place.user : place.pointer,
    prefix: place.kind === "header" ? place.prefix : "",
  }));
}

/** The bindings, or what is wrong with which of them. */
export function readBindings(
  drafts: readonly BindingDraft[],
):
  | { readonly bindings: SecretBinding[]; readonly problem: null }
  | { readonly bindings: null; readonly problem: { readonly at: number; readonly words: string } } {
  const bindings: SecretBinding[] = [];
  for (const [at, draft] of drafts.entries()) {
    const read = SecretBinding.safeParse({
      host: draft.host.trim().toLowerCase(),
      methods: words(draft.methods.toUpperCase()),
      paths: words(draft.paths),
      place: placeOf(draft),
    });
    if (!read.success) return { bindings: null, problem: { at, words: read.error.issues[0]?.message ?? "That cannot be." } };
    bindings.push(read.data);
  }
  return { bindings, problem: null };
}

function placeOf({ place, where, prefix }: BindingDraft): unknown {
  const typed = where.trim();
  if (place === "header") return { kind: place, name: typed.toLowerCase(), prefix };
  return place === "basic" ? { kind: place, user: typed } : { kind: place, pointer: typed };
}

function words(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}
