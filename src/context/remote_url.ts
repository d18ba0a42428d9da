/** A remote's address as it may be told to others. Pure. */

/** Without password, token and query; nothing where it cannot be told what of it is secret. */
export function publicRemoteUrl(url: string): string | undefined {
  if (/[\s\p{Cc}]/u.test(url)) return undefined;
  const [, scheme, authority = "", path = ""] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)/i
    .exec(url) ?? [];
  if (scheme !== undefined) return publicUrl(scheme.toLowerCase(), { authority, path });
  if (url.includes("::")) return undefined;
  if (/^(?:[/~]|\.\.?(?:\/|$))/.test(url)) return url;
  // The form of scp; its user is a name by which a host is reached, such as `git`.
  const scp = /^(?:[^@/:]+@)?(?:[^@/:[\]]+|\[[0-9a-f:.]+\]):[^@?#]+/i.exec(url)?.[0];
  return scp !== undefined && /^[?#]|^$/.test(url.slice(scp.length)) ? scp : undefined;
}

function publicUrl(
  scheme: string,
  { authority, path }: { authority: string; path: string },
): string | undefined {
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  // A password with a slash in it would otherwise pass as host and path.
  if (path.includes("@") || !/^(?:[^:[\]]*|\[[0-9a-f:.]+\])(?::\d*)?$/i.test(host)) {
    return undefined;
  }
  const user = at > 0 && /^(?:git\+)?ssh(?:\+git)?$/.test(scheme)
    ? `${authority.slice(0, at).split(":")[0]}@`
    : "";
  return `${scheme}://${user}${host}${path}`;
}
