import { quoted } from './literals'
import type { Place } from '../lowering/target'

/**
 * Locations of operations, `loc("op"("file":line:column))`, as aliases: an operation names one, and the end of the
 * module defines each once. Files are written relative to a root. A file outside of the root is written by its base
 * name, so that no text tells where the root is.
 */
export class Locations {
  readonly #aliases = new Map<string, string>()
  readonly #root: string | undefined

  constructor(root: string | undefined) {
    this.#root = root === undefined ? undefined : slashed(root).replace(/\/+$/, '')
  }

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
    const found = /^(.*):(\d+):(\d+)$/.exec(line)
    if (found === null) return null
    const [, file, row, column] = found
    return `${quoted(this.#relative(slashed(file)))}:${row}:${column}`
  }

  #relative(file: string): string {
    const root = this.#root
    const isInside = root !== undefined && file.startsWith(`${root}/`) && !file.includes('/../')
    return isInside ? file.slice(root.length + 1) : file.slice(file.lastIndexOf('/') + 1)
  }
}

const slashed = (path: string) => path.replaceAll('\\', '/')
