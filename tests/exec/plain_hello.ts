/** How a front process greets a host process that nothing confines. */

import { type Hello, PROTOCOL_VERSION } from "../../src/exec/host_message.ts";
import { UNCONFINED } from "../../src/protocol/confinement.ts";

export const HELLO: Hello = {
  type: "hello",
  protocol: PROTOCOL_VERSION,
  environment: { PATH: "/usr/bin:/bin" },
  confinement: UNCONFINED,
  level: "none",
  readsLoginFiles: false,
  tellsQuiet: false,
};
