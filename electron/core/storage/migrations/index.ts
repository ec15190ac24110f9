import { migration0001 } from "./0001-first.ts";
import { migration0002 } from "./0002-secret-details.ts";
import { migration0003 } from "./0003-grants-and-rules.ts";
import { migration0004 } from "./0004-repository-settings.ts";
import { migration0005 } from "./0005-modes-hooks-rates.ts";
import { migration0006 } from "./0006-attempts.ts";
import { migration0007 } from "./0007-egress.ts";
import { migration0008 } from "./0008-runs-that-go-on.ts";
import { migration0009 } from "./0009-usage.ts";
import { migration0010 } from "./0010-taint.ts";
import { migration0011 } from "./0011-interfaces.ts";
import { migration0012 } from "./0012-egress-allowlists.ts";
import { migration0013 } from "./0013-mcp-servers.ts";
import { migration0014 } from "./0014-own-agents.ts";
import { migration0015 } from "./0015-unattended.ts";
import { migration0016 } from "./0016-task-images.ts";
import { migration0017 } from "./0017-task-allowlists.ts";
import { migration0018 } from "./0018-choices.ts";
import { migration0019 } from "./0019-mcp-packages.ts";
import { migration0020 } from "./0020-rule-file-answers.ts";
import { migration0021 } from "./0021-hook-programs.ts";

/** Every migration in order: the n-th brings a database from schema n - 1 to schema n. */
export const migrations: readonly string[] = [
  migration0001,
  migration0002,
  migration0003,
  migration0004,
  migration0005,
  migration0006,
  migration0007,
  migration0008,
  migration0009,
  migration0010,
  migration0011,
  migration0012,
  migration0013,
  migration0014,
  migration0015,
  migration0016,
  migration0017,
  migration0018,
  migration0019,
  migration0020,
  migration0021,
];
