/** Schema 5: modes of tasks, hooks that a person wrote, what is left of the rates of rules. */
export const migration0005 = `
alter table tasks add column mode text not null default 'auto';

create table workspace_hooks (
  id integer primary key check (id = 1),
  hooks text not null,
  changed_at integer not null
) strict;

create table rate_buckets (
  key text primary key,
  tokens real not null,
  at integer not null
) strict;
`;
