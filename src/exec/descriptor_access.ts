/** Files through descriptors: what a folder's name leads to later changes nothing. Linux only. */

import {
  asideName,
  assertOneName,
  changedPath,
  type FileAccess,
  type FileLike,
  type Folder,
  notRegular,
  type OverwriteOptions,
  type RegularFile,
  type StagedFile,
} from "./file_access.ts";
import {
  CREATE_NEW,
  type FileCalls,
  FOLDER,
  NAMELESS,
  NO_WAIT,
  PATH,
  type Place,
  type Stat,
  WRITE,
} from "./file_calls.ts";
import { refuse } from "./file_error.ts";

export class DescriptorAccess implements FileAccess {
  readonly nameless: boolean;
  readonly #calls: FileCalls;

  /** Not every file system has files without a name: without `nameless` none is tried. */
  constructor(calls: FileCalls, { nameless = true }: { nameless?: boolean } = {}) {
    this.#calls = calls;
    this.nameless = nameless;
  }

  openFolder(path: string): Folder {
    const fd = this.#calls.openPath(path, PATH | FOLDER);
    const folder = new DescriptorFolder(fd, { calls: this.#calls, nameless: this.nameless });
    if (!this.#calls.isClosed(fd)) return folder;
    folder[Symbol.dispose]();
    throw refuse("PermissionDenied", path);
  }

  openFile(path: string): RegularFile {
    return new DescriptorFile(this.#calls.openPath(path, NO_WAIT), { calls: this.#calls, path });
  }
}

class DescriptorFile implements RegularFile {
  readonly size: number;
  readonly changedAt: number;
  readonly #fd: number;
  readonly #calls: FileCalls;

  /** Takes the descriptor over, also when it fails. */
  constructor(fd: number, { calls, path }: { calls: FileCalls; path: string }) {
    this.#fd = fd;
    this.#calls = calls;
    try {
      const stat = calls.stat(fd);
      if (!stat.isFile) throw notRegular(stat.isFolder, path);
      if (calls.isClosed(fd)) throw refuse("PermissionDenied", path);
      this.size = stat.size;
      this.changedAt = stat.changedAt;
    } catch (error) {
      calls.close(fd);
      throw error;
    }
  }

  read(buffer: Uint8Array<ArrayBuffer>): number {
    return this.#calls.read(this.#fd, buffer);
  }

  [Symbol.dispose](): void {
    this.#calls.close(this.#fd);
  }
}

interface FolderDeps {
  readonly calls: FileCalls;
  readonly nameless: boolean;
}

class DescriptorFolder implements Folder {
  readonly #fd: number;
  readonly #deps: FolderDeps;
  readonly #calls: FileCalls;

  constructor(fd: number, deps: FolderDeps) {
    this.#fd = fd;
    this.#deps = deps;
    this.#calls = deps.calls;
  }

  at(name: string): Place {
    return { folder: this.#fd, name };
  }

  openFolder(name: string): Folder {
    const fd = this.#calls.openBelow(this.#fd, name, { flags: PATH | FOLDER });
    return new DescriptorFolder(fd, this.#deps);
  }

  makeFolder(name: string): void {
    this.#calls.makeFolder(this.#fd, name);
  }

  removeFolder(name: string): void {
    this.#calls.removeFolder(this.#fd, name);
  }

  openFile(name: string): RegularFile {
    const fd = this.#calls.openBelow(this.#fd, name, { flags: NO_WAIT });
    return new DescriptorFile(fd, { calls: this.#calls, path: name });
  }

  assertWritable(name: string): void {
    this.#withWritable(name, () => {});
  }

  stage(content: Uint8Array, like?: FileLike): StagedFile {
    const file = { content, ...like && { like } };
    const fd = this.#deps.nameless ? this.#openNameless(file) : undefined;
    if (fd === undefined) return new NamedFile(this.#writeAside(file), this.#calls);
    try {
      this.#fill(fd, file);
    } catch (error) {
      this.#calls.close(fd);
      throw error;
    }
    const nameIn = (folder: Folder) => own(folder).#writeAside(file);
    return new NamelessFile(fd, { calls: this.#calls, nameIn });
  }

  overwrite(name: string, content: Uint8Array, options: OverwriteOptions): void {
    this.#withWritable(name, (fd, { names }) => {
      assertOneName(names, options);
      this.#calls.writeAll(fd, content);
      this.#calls.truncate(fd, content.length);
    });
  }

  link(name: string, newName: string): void {
    this.#calls.link(this.#fd, name, newName);
  }

  rename(name: string, newName: string): void {
    this.#calls.rename(this.at(name), this.at(newName));
  }

  remove(name: string): void {
    this.#calls.remove(this.#fd, name);
  }

  [Symbol.dispose](): void {
    this.#calls.close(this.#fd);
  }

  #withWritable(name: string, use: (fd: number, stat: Stat) => void): void {
    const fd = this.#calls.openBelow(this.#fd, name, { flags: WRITE | NO_WAIT });
    try {
      const stat = this.#calls.stat(fd);
      if (!stat.isFile) throw changedPath();
      use(fd, stat);
    } finally {
      this.#calls.close(fd);
    }
  }

  /** Absent where the file system has none. */
  #openNameless({ like }: FileContent): number | undefined {
    try {
      return this.#calls.openBelow(this.#fd, ".", { flags: NAMELESS | WRITE, mode: modeOf(like) });
    } catch {
      // What keeps it from being written at all keeps one with a name as well, and is said then.
      return undefined;
    }
  }

  #writeAside(file: FileContent): Place {
    const place = this.at(asideName());
    const mode = modeOf(file.like);
    const fd = this.#calls.openBelow(this.#fd, place.name, { flags: WRITE | CREATE_NEW, mode });
    try {
      this.#fill(fd, file);
    } catch (error) {
      this.#calls.remove(this.#fd, place.name);
      throw error;
    } finally {
      this.#calls.close(fd);
    }
    return place;
  }

  #fill(fd: number, { content, like }: FileContent): void {
    this.#calls.writeAll(fd, content);
    if (!like) return;
    const { uid, gid } = this.#calls.stat(fd);
    const owner = { uid: like.uid ?? uid, gid: like.gid ?? gid };
    if (owner.uid !== uid || owner.gid !== gid) this.#giveTo(fd, owner);
    if (like.mode !== null) this.#calls.chmod(fd, like.mode & 0o7777);
  }

  #giveTo(fd: number, owner: { uid: number; gid: number }): void {
    try {
      this.#calls.chown(fd, owner);
    } catch {
      // Only root may give a file away; without it the content is still right.
    }
  }
}

interface FileContent {
  readonly content: Uint8Array;
  readonly like?: FileLike;
}

/** Until it is like the file that it stands for, it is nobody else's. */
function modeOf(like: FileLike | undefined): number {
  return like ? 0o600 : 0o666;
}

function own(folder: Folder): DescriptorFolder {
  if (folder instanceof DescriptorFolder) return folder;
  throw new TypeError("A folder of another access");
}

/** Its space is free again however this process ends. */
class NamelessFile implements StagedFile {
  readonly #fd: number;
  readonly #calls: FileCalls;
  readonly #nameIn: (folder: Folder) => Place;

  constructor(
    fd: number,
    { calls, nameIn }: { calls: FileCalls; nameIn: (folder: Folder) => Place },
  ) {
    this.#fd = fd;
    this.#calls = calls;
    this.#nameIn = nameIn;
  }

  place(folder: Folder, name: string, { replace }: { readonly replace: boolean }): void {
    if (!replace && this.#calls.nameFile(this.#fd, own(folder).at(name))) return;
    // A name can be taken over by a rename alone, which needs another name first.
    const aside = own(folder).at(asideName());
    const named = this.#calls.nameFile(this.#fd, aside);
    using file = new NamedFile(named ? aside : this.#nameIn(folder), this.#calls);
    file.place(folder, name);
  }

  [Symbol.dispose](): void {
    this.#calls.close(this.#fd);
  }
}

class NamedFile implements StagedFile {
  #aside: Place | undefined;
  readonly #calls: FileCalls;

  constructor(aside: Place, calls: FileCalls) {
    this.#aside = aside;
    this.#calls = calls;
  }

  place(folder: Folder, name: string): void {
    if (!this.#aside) return;
    this.#calls.rename(this.#aside, own(folder).at(name));
    this.#aside = undefined;
  }

  [Symbol.dispose](): void {
    if (!this.#aside) return;
    const { folder, name } = this.#aside;
    this.#aside = undefined;
    try {
      this.#calls.remove(folder, name);
    } catch {
      // Somebody else has taken it away.
    }
  }
}
