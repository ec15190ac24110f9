/** Schema 4: settings files of repositories. */
export const migration0004 = `
create table repository_settings (
  repository_id text primary key,
  content text not null,
  sha256 text not null,
  adopted_sha256 text
) strict;
`;
