/** Tells the user of a file that holds what they do not see and the model reads. */

import { describeHidden } from "../protocol/hidden_text.ts";

/** The text itself is sent as it is: where it has no reason to hide anything, the user decides. */
export function warnOfHidden(
  text: string,
  { path, onWarning }: { path: string; onWarning(message: string): void },
): void {
  const kinds = describeHidden(text);
  if (kinds === undefined) return;
  onWarning(`"${path}" holds hidden characters: ${kinds}; they are sent to the model as they are`);
}
