/** Schema 11: tasks whose agent shows its own terminal interface. */
export const migration0011 = `
alter table tasks add column interface text not null default 'chat';
`;
