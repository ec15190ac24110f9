/** Schema 18: what a task chooses of its agent's options, and what agents were last seen to offer. */
export const migration0018 = `
alter table tasks add column choices text not null default '[]';
create table agent_offers (
  agent_id text primary key,
  profile text not null,
  options text not null,
  seen_at integer not null
) strict;
`;
