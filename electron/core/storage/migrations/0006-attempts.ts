/** Schema 6: tasks that try the same thing. */
export const migration0006 = `
alter table tasks add column attempt_group text;
create index tasks_by_attempt_group on tasks (attempt_group);
`;
