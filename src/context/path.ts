/** Paths as text: the few steps that reading the context needs. */

export function parentOf(path: string): string {
  return path.replace(/\/+[^/]*\/*$/, "") || "/";
}

export function joinPath(folder: string, name: string): string {
  return folder.endsWith("/") ? `${folder}${name}` : `${folder}/${name}`;
}

export function absolutePath(path: string, cwd: string): string {
  return path.startsWith("/") ? path : joinPath(cwd, path);
}

/** `folder` and every folder above it, the nearest first. */
export function ancestors(folder: string): string[] {
  const found = [folder];
  for (let at = folder; at !== "/" && at.startsWith("/");) {
    at = parentOf(at);
    found.push(at);
  }
  return found;
}

/** Both without symbolic links; a folder lies within itself. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(joinPath(folder, ""));
}
