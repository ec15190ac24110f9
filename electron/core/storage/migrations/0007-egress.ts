/** Schema 7: connections out of sandboxes. Rows beyond what a task keeps are in the audit log alone. */
export const migration0007 = `
create table egress_connections (
  sequence integer primary key,
  id text not null unique,
  task_id text not null,
  run_id text not null,
  status text not null,
  host text not null,
  bytes_up integer not null,
  bytes_down integer not null,
  refusals integer not null,
  record text not null
) strict;
create index egress_connections_task on egress_connections (task_id, sequence);
create index egress_connections_open on egress_connections (status) where status in ('waiting', 'open');
`;
