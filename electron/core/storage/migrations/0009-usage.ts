/** Schema 9: calls of models and what they cost, budgets, one's own prices and model endpoints. */
export const migration0009 = `
create table model_calls (
  id integer primary key autoincrement,
  state text not null,
  at integer not null,
  day text not null,
  run_id text not null,
  task_id text not null,
  repository_id text not null,
  provider_id text not null,
  model text,
  input integer,
  output integer,
  cached_read integer,
  cache_write integer,
  cache_write_long integer,
  cost integer,
  estimate integer
) strict;
create index model_calls_by_day on model_calls (day);
create index model_calls_by_task on model_calls (task_id);
create index model_calls_by_run on model_calls (run_id);
create index model_calls_by_time on model_calls (at);

create table budgets (
  scope text not null,
  task_id text not null,
  limit_micros integer,
  counted_from integer not null,
  changed_at integer not null,
  primary key (scope, task_id)
) strict;

create table price_overrides (
  pattern text primary key,
  entry text not null
) strict;

create table model_providers (
  id text primary key,
  provider text not null,
  added_at integer not null
) strict;
`;
