/**
 * Schema 20: what the person said to exactly one content of a repository's rule file. `adopt`: it holds whole once the base branch
 * has it; `refuse`: only what tightens of it holds, and nobody is reminded.
 */
export const migration0020 = `
create table rule_file_answers (
  repository_id text not null,
  sha256 text not null,
  answer text not null check (answer in ('adopt', 'refuse')),
  answered_at integer not null,
  primary key (repository_id, sha256)
) strict;
`;
