import { callSiteWithin } from '../lowering/call-site'
import type { Place } from '../lowering/target'
import { quoted } from './literals'

/**
 * Locations of operations, `loc("op"("file":line:column))`, as aliases: an operation names one, and the end of the
 * module defines each once. Files are written relative to a root. A file outside of the root is written by its base
 * name, so that no text tells where the root is.
 */
export class Locations {
  readonly #aliases = new Map<string, string>()

  constructor(private readonly root: string | undefined) {}

  /** The alias of a place, such as `#loc1`. */
  at({ op, line }: Place): string {
    const site = line === undefined ? null : this.#site(line)
    const text = site === null ? `loc(${quoted(op)})` : `loc(${quoted(op)}(${site}))`
    let alias = this.#aliases.get(text)
    if (alias === undefined) this.#aliases.set(text, (alias = `#loc${this.#aliases.size + 1}`))
    return alias
  }

  /** The definitions of the aliases, a line each. */
  get definitions(): readonly string[] {
    return [...this.#aliases].map(([text, alias]) => `${alias} = ${text}`)
  }

  #site(line: string): string | null {
    const found = callSiteWithin(this.root, line)
    return found === undefined ? null : `${quoted(found.file)}:${found.line}:${found.column}`
  }
}
