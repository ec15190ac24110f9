/** Schema 16: pictures that people and agents put into tasks. */
export const migration0016 = `
create table task_images (
  id text primary key,
  task_id text not null,
  type text not null,
  size integer not null,
  sha256 text not null,
  content blob not null,
  at integer not null
) strict;
create unique index task_images_of on task_images (task_id, sha256);
`;
