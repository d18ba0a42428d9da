/** All attacks that are commands, in the order in which one session is put to them. */

import type { Attack } from "./attack.ts";
import { OUTSIDE_WRITES, PROTECTED_WRITES, UNDOING } from "./attacks_on_files.ts";
import { KERNEL, NETWORK, PROCESSES, SECRETS } from "./attacks_on_system.ts";

export const ATTACKS: readonly Attack[] = [
  ...OUTSIDE_WRITES,
  ...PROTECTED_WRITES,
  ...NETWORK,
  ...PROCESSES,
  ...KERNEL,
  ...SECRETS,
  // Last: the session is worn out afterwards.
  ...UNDOING,
];
