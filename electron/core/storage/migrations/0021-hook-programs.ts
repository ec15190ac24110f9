/** Schema 21: what the files of hooks' programs held when the person let them run. */
export const migration0021 = `
create table hook_programs (
  path text primary key,
  sha256 text not null,
  confirmed_at integer not null
) strict;
`;
