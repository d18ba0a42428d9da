/** Files on which one step of a patch fails, or after which nothing happens any more. */

import type {
  FileAccess,
  Folder,
  OverwriteOptions,
  RegularFile,
  StagedFile,
} from "../../src/exec/file_access.ts";
import { systemError } from "../../src/exec/file_access.ts";

export class FaultyAccess implements FileAccess {
  readonly #inner: FileAccess;
  readonly #fault: Fault;

  /** From 0. One that dies does nothing afterwards, not even cleaning up. */
  constructor(inner: FileAccess, fault: { at: number; dies: boolean }) {
    this.#inner = inner;
    this.#fault = new Fault(fault);
  }

  get hasFailed(): boolean {
    return this.#fault.hasFailed;
  }

  openFolder(path: string): Folder {
    this.#fault.step();
    return new FaultyFolder(this.#inner.openFolder(path), this.#fault);
  }

  openFile(path: string): RegularFile {
    this.#fault.step();
    return this.#inner.openFile(path);
  }
}

class Fault {
  readonly #at: number;
  readonly #dies: boolean;
  #steps = 0;

  constructor({ at, dies }: { at: number; dies: boolean }) {
    this.#at = at;
    this.#dies = dies;
  }

  get hasFailed(): boolean {
    return this.#steps > this.#at;
  }

  get isDead(): boolean {
    return this.#dies && this.hasFailed;
  }

  step(): void {
    const step = this.#steps++;
    if (step === this.#at || this.isDead) throw systemError("Input/output error", 5);
  }
}

class FaultyFolder implements Folder {
  readonly inner: Folder;
  readonly #fault: Fault;

  constructor(inner: Folder, fault: Fault) {
    this.inner = inner;
    this.#fault = fault;
  }

  openFolder(name: string): Folder {
    this.#fault.step();
    return new FaultyFolder(this.inner.openFolder(name), this.#fault);
  }

  makeFolder(name: string): void {
    this.#fault.step();
    this.inner.makeFolder(name);
  }

  removeFolder(name: string): void {
    this.#fault.step();
    this.inner.removeFolder(name);
  }

  openFile(name: string): RegularFile {
    this.#fault.step();
    return this.inner.openFile(name);
  }

  assertWritable(name: string): void {
    this.#fault.step();
    this.inner.assertWritable(name);
  }

  stage(...args: Parameters<Folder["stage"]>): StagedFile {
    this.#fault.step();
    return new FaultyStagedFile(this.inner.stage(...args), this.#fault);
  }

  overwrite(name: string, content: Uint8Array, options: OverwriteOptions): void {
    this.#fault.step();
    this.inner.overwrite(name, content, options);
  }

  link(name: string, newName: string): void {
    this.#fault.step();
    this.inner.link(name, newName);
  }

  rename(name: string, newName: string): void {
    this.#fault.step();
    this.inner.rename(name, newName);
  }

  remove(name: string): void {
    this.#fault.step();
    this.inner.remove(name);
  }

  [Symbol.dispose](): void {
    this.inner[Symbol.dispose]();
  }
}

class FaultyStagedFile implements StagedFile {
  readonly #inner: StagedFile;
  readonly #fault: Fault;

  constructor(inner: StagedFile, fault: Fault) {
    this.#inner = inner;
    this.#fault = fault;
  }

  place(folder: Folder, name: string, options: { readonly replace: boolean }): void {
    this.#fault.step();
    const inner = folder instanceof FaultyFolder ? folder.inner : folder;
    this.#inner.place(inner, name, options);
  }

  [Symbol.dispose](): void {
    if (!this.#fault.isDead) this.#inner[Symbol.dispose]();
  }
}
