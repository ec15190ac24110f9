/** Schema 10: which ingredients of a leak came into a run, and when a person took them away. */
export const migration0010 = `
create table taint_marks (
  id integer primary key autoincrement,
  task_id text not null,
  run_id text not null,
  ingredient text not null,
  at integer not null,
  source text not null,
  cleared_at integer
) strict;
create index taint_marks_by_task on taint_marks (task_id);
`;
