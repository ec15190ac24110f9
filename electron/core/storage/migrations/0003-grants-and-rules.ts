/** Schema 3: grants that outlive a run, rules that a person wrote, rule files of repositories. */
export const migration0003 = `
create table standing_grants (
  request_id text primary key,
  scope text not null,
  repository_id text not null,
  task_id text not null,
  request_key text not null,
  rule text,
  granted_at integer not null,
  expires_at integer
) strict;

create table workspace_rules (
  id integer primary key check (id = 1),
  rules text not null,
  changed_at integer not null
) strict;

create table repository_rule_files (
  repository_id text primary key,
  content text not null,
  sha256 text not null,
  adopted_sha256 text
) strict;
`;
