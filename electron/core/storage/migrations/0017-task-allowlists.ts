/** Schema 17: where the runs of one task may connect besides. */
export const migration0017 = `
create table task_allowlists (
  task_id text not null,
  rule text not null,
  position integer not null,
  primary key (task_id, rule)
) strict;
`;
