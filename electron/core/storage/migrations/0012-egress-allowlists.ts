/** Schema 12: where the runs of a repository may connect. */
export const migration0012 = `
create table egress_allowlists (
  repository_id text not null,
  rule text not null,
  added_at integer not null,
  added_by text not null,
  primary key (repository_id, rule)
) strict;
`;
