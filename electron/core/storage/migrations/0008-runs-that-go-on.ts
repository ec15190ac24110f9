/** Schema 8: what a run needs to go on by itself after Gatehouse ended in the middle of it. */
export const migration0008 = `
alter table runs add column session_id text;
alter table runs add column goes_on integer not null default 0;
alter table runs add column times_gone_on integer not null default 0;
`;
