/**
 * A folder of a repository that looks like a bare repository is none: its configuration would name programs that the
 * plainest git command runs, and no rule sees them. `safe.bareRepository`, git 2.38 and later; git of ours says where
 * its repository is.
 */
export const gitSettings: Readonly<Record<string, string>> = {
  GIT_CONFIG_COUNT: "1",
  GIT_CONFIG_KEY_0: "safe.bareRepository",
  GIT_CONFIG_VALUE_0: "explicit",
};
