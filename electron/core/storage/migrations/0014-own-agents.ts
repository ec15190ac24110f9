/**
 * Schema 14: agents that a person added, the last check of each agent, and who takes it that one runs unasked.
 * A check and an acknowledgement hold for the profile with that hash and no other.
 */
export const migration0014 = `
create table own_agents (
  id text primary key,
  profile text not null,
  added_at integer not null
) strict;
create table agent_checks (
  agent_id text primary key,
  report text not null
) strict;
create table agent_acknowledgements (
  agent_id text primary key,
  hash text not null,
  by text not null,
  at integer not null
) strict;
`;
