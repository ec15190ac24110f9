/**
 * Schema 13: MCP servers for agents. `pin`: the list of tools that a person confirmed; `seen`: one that was
 * found since and that nobody has confirmed.
 */
export const migration0013 = `
create table mcp_servers (
  id text primary key,
  name text not null unique,
  server text not null,
  pin text,
  seen text,
  added_at integer not null
) strict;
`;
