/** Reads JSON piece by piece and knows where it is, for messages with a line and a column. */

export interface JsonToken {
  readonly kind: "string" | "integer" | "float" | "boolean" | "null" | "map" | "sequence";
  /** A scalar as written, a string decoded; empty for a map or a sequence. */
  readonly text: string;
}

/** The text is no JSON, or not what was asked for; the message ends with the place. */
export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
}

export class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Fails at the last character that was read, as serde_json counts. */
  fail(message: string): never {
    const read = this.#text.slice(0, this.#at);
    const line = read.split("\n").length;
    const column = new TextEncoder().encode(read.slice(read.lastIndexOf("\n") + 1)).length;
    throw new JsonSyntaxError(`${message} at line ${line} column ${column}`);
  }

  /** A scalar whole, or the opening of a map or sequence. */
  start(): JsonToken {
    const char = this.#peek();
    if (char === undefined) this.fail("EOF while parsing a value");
    if (char === '"') return { kind: "string", text: this.#string() };
    if (char === "{" || char === "[") {
      this.#at++;
      return { kind: char === "{" ? "map" : "sequence", text: "" };
    }
    const [word = ""] = /^[-+.\w]*/.exec(this.#text.slice(this.#at, this.#at + 400)) ?? [];
    if (word === "true" || word === "false") return this.#take(word, "boolean");
    if (word === "null") return this.#take(word, "null");
    if (/^-?(0|[1-9]\d*)$/.test(word)) return this.#take(word, "integer");
    if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(word)) return this.#take(word, "float");
    this.#at++;
    return this.fail(/^[tfn]/.test(word) ? "expected ident" : "expected value");
  }

  takeNull(): boolean {
    if (this.#peek() !== "n" || !this.#text.startsWith("null", this.#at)) return false;
    this.#at += 4;
    return true;
  }

  /** Calls `member` with each name; it has to read the value. */
  members(member: (name: string) => void): void {
    for (let first = true;; first = false) {
      const char = this.#peek();
      if (char === undefined) this.fail("EOF while parsing an object");
      if (char === "}" && first) return this.#skip();
      if (!first && char === "}") return this.#skip();
      if (!first) this.#separator(char, "expected `,` or `}`", "}");
      if (this.#peek() === undefined) this.fail("EOF while parsing an object");
      if (this.#peek() !== '"') {
        this.#at++;
        this.fail("key must be a string");
      }
      const name = this.#string();
      if (this.#peek() === undefined) this.fail("EOF while parsing an object");
      this.#at++;
      if (this.#text[this.#at - 1] !== ":") this.fail("expected `:`");
      member(name);
    }
  }

  /** Calls `item` before each item; it has to read it. */
  items(item: () => void): void {
    for (let first = true;; first = false) {
      const char = this.#peek();
      if (char === undefined) this.fail("EOF while parsing a list");
      if (char === "]") return this.#skip();
      if (!first) this.#separator(char, "expected `,` or `]`", "]");
      item();
    }
  }

  /** Nothing but white space may follow. */
  end(): void {
    if (this.#peek() === undefined) return;
    this.#at++;
    this.fail("trailing characters");
  }

  #separator(char: string, expected: string, close: string): void {
    this.#at++;
    if (char !== ",") this.fail(expected);
    if (this.#peek() === close) {
      this.#at++;
      this.fail("trailing comma");
    }
  }

  /** The next character that is no white space. */
  #peek(): string | undefined {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? "x")) this.#at++;
    return this.#text[this.#at];
  }

  #skip(): void {
    this.#at++;
  }

  #take(word: string, kind: JsonToken["kind"]): JsonToken {
    this.#at += word.length;
    return { kind, text: word };
  }

  #string(): string {
    const start = this.#at++;
    while (true) {
      const char = this.#text[this.#at++];
      if (char === undefined) {
        this.#at--;
        this.fail("EOF while parsing a string");
      }
      if (char === '"') break;
      if (char === "\\") this.#at++;
      else if (char < " ") {
        this.fail("control character (\\u0000-\\u001F) found while parsing a string");
      }
    }
    try {
      return JSON.parse(this.#text.slice(start, this.#at)) as string;
    } catch {
      return this.fail("invalid escape");
    }
  }
}
