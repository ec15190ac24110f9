/**
 * The encrypted database, as the rooms use it: synchronous, prepared once, rows parsed with zod by
 * the caller. A write is durable when the call returns (WAL, synchronous=FULL).
 */
export interface Database {
  /** Rows as plain objects, unparsed: give them to a schema. */
  all(sql: string, ...parameters: readonly SqlValue[]): readonly unknown[];
  get(sql: string, ...parameters: readonly SqlValue[]): unknown;
  run(sql: string, ...parameters: readonly SqlValue[]): { readonly changes: number };
  /** All or nothing; nests by joining the outer one. */
  transaction<T>(body: () => T): T;
  readonly isOpen: boolean;
  close(): void;
}

export type SqlValue = string | number | bigint | null | Uint8Array;
