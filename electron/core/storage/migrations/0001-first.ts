/** Schema 1. Never edit a released migration: add the next one. */
export const migration0001 = `
create table settings (
  name text primary key,
  value text not null
) strict;

create table secrets (
  id text primary key,
  name text not null unique,
  note text not null,
  version integer not null,
  wrapped_key blob not null,
  sealed blob not null,
  created_at integer not null,
  replaced_at integer
) strict;

create table vault_manifest (
  id integer primary key check (id = 1),
  counter integer not null,
  mac blob not null
) strict;

create table repositories (
  id text primary key,
  name text not null,
  path text not null unique,
  default_branch text,
  is_sample integer not null,
  added_at integer not null
) strict;

create table tasks (
  id text primary key,
  title text not null,
  prompt text not null,
  repository_id text not null references repositories (id),
  base_branch text not null,
  agent_id text not null,
  limits text not null,
  state text not null,
  posture text,
  unasked_calls integer not null default 0,
  created_at integer not null,
  rank real not null
) strict;

create table runs (
  id text primary key,
  task_id text not null references tasks (id) on delete cascade,
  stage text not null,
  driver text,
  sandbox_id text,
  worktree text,
  branch text,
  base text,
  head text,
  started_at integer not null,
  ended_at integer,
  ending text
) strict;
create index runs_by_task on runs (task_id, started_at);

create table timeline (
  position integer primary key autoincrement,
  task_id text not null references tasks (id) on delete cascade,
  entry_id text not null,
  entry text not null,
  unique (task_id, entry_id)
) strict;

create table permission_requests (
  id text primary key,
  task_id text not null,
  run_id text not null,
  status text not null,
  created_at integer not null,
  expires_at integer not null,
  record text not null
) strict;
create index permission_requests_by_status on permission_requests (status, created_at);

create table run_grants (
  run_id text not null,
  request_key text not null,
  request_id text not null,
  granted_at integer not null,
  primary key (run_id, request_key)
) strict;
`;
