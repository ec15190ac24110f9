import * as z from "zod";
import type { Database } from "../storage/database.ts";

const Count = z.object({ count: z.int() });

/** Grants that have run out, grants of runs that are over, token buckets that nobody asked in a week: none is in force any more. */
const expired: readonly (readonly [string, string])[] = [
  ["standing_grants", "expires_at is not null and expires_at < ?1"],
  ["run_grants", "granted_at < ?1 and run_id not in (select id from runs where ended_at is null)"],
  ["rate_buckets", "at < ?1 - 604800000"],
];

export function countExpired(database: Database, now: number): number {
  return expired.reduce((sum, [table, condition]) => sum + count(database, table, condition, now), 0);
}

export function sweepExpired(database: Database, now: number): number {
  return database.transaction(() =>
    expired.reduce((sum, [table, condition]) => sum + database.run(`delete from ${table} where ${condition}`, now).changes, 0),
  );
}

/** Answered prompts before `before`. Those that wait stay, and those of tasks that go on. */
const oldRequests = "status <> 'pending' and created_at < ?1 and run_id not in (select id from runs where ended_at is null)";

export function countOldRequests(database: Database, before: number): number {
  return count(database, "permission_requests", oldRequests, before);
}

export function removeOldRequests(database: Database, before: number): number {
  return database.run(`delete from permission_requests where ${oldRequests}`, before).changes;
}

function count(database: Database, table: string, condition: string, at: number): number {
  return Count.parse(database.get(`select count(*) as count from ${table} where ${condition}`, at)).count;
}
