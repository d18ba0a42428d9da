/** TOML as far as the configuration needs it: loaded where there is any. */

export { parse } from "@std/toml";
