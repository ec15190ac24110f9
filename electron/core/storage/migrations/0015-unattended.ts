/** Schema 15: tasks that nobody sits beside, and their requests, which have no expiry. */
export const migration0015 = `
alter table tasks add column is_unattended integer not null default 0;

create table permission_requests_15 (
  id text primary key,
  task_id text not null,
  run_id text not null,
  status text not null,
  created_at integer not null,
  expires_at integer,
  record text not null
) strict;
insert into permission_requests_15 select id, task_id, run_id, status, created_at, expires_at, record from permission_requests;
drop table permission_requests;
alter table permission_requests_15 rename to permission_requests;
create index permission_requests_by_status on permission_requests (status, created_at);
`;
