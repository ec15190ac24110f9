/** Schema 2: which key wraps each record, what a secret may be used for, when it was used and replaced. */
export const migration0002 = `
alter table secrets add column key_id text;
alter table secrets add column details text;
alter table vault_manifest add column next_mac blob;

create table secret_uses (
  secret_id text primary key references secrets (id) on delete cascade,
  used_at integer not null,
  run_id text,
  tool text not null
) strict;

create table secret_rotations (
  secret_id text not null references secrets (id) on delete cascade,
  version integer not null,
  at integer not null,
  primary key (secret_id, version)
) strict;
`;
