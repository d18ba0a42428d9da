/** Why there is no release. */

export type ReleaseFault = "unclean" | "unlisted";

export class ReleaseError extends Error {
  override readonly name = "ReleaseError";
  constructor(readonly fault: ReleaseFault, message: string) {
    super(message);
  }
}
