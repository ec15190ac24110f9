/**
 * Schema 19: npm packages that MCP servers run from. `lock`: canonical JSON of the lock that was resolved, `lock_hash` its SHA-256;
 * `trees`: SHA-256 over the files that came of it, by the plan that they were installed for.
 */
export const migration0019 = `
create table mcp_packages (
  lock_hash text primary key,
  name text not null,
  lock text not null,
  trees text not null,
  resolved_at integer not null
) strict;
`;
