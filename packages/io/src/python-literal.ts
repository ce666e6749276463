import { damaged } from './errors'

/** A value that the header of an .npy file may hold. */
export type Literal = string | number | boolean | null | readonly Literal[] | ReadonlyMap<string, Literal>

const tokens = /[ \t\n\r\f]+|'(?:[^'\\\n])*'|"(?:[^"\\\n])*"|(?:0|[1-9]\d*)L?|True|False|None|[[\](){},:]|[^]/g

/** How deep lists may nest. */
const deepest = 32

/**
 * Parses a literal of Python: texts without escapes, non-negative integers, True, False, None, lists, tuples and
 * dictionaries with texts as keys. Nothing is evaluated.
 *
 * @throws FileError for anything else.
 */
export function parseLiteral(text: string): Literal {
  const list = [...text.matchAll(tokens)].map(([token]) => token).filter((token) => !/^[ \t\n\r\f]/.test(token))
  const reader = new Reader(list)
  const value = reader.value(0)
  reader.end()
  return value
}

class Reader {
  #at = 0
  constructor(private readonly list: readonly string[]) {}

  value(depth: number): Literal {
    const token = this.#next()
    if (depth > deepest) throw damaged('a simple header', 'lists in lists')
    if (token === '{') return this.#dictionary(depth)
    if (token === '(' || token === '[') return this.#sequence(token, depth)
    if (token === 'True' || token === 'False') return token === 'True'
    if (token === 'None') return null
    if (/^\d/.test(token)) return Number(token.replace('L', ''))
    if (/^['"].*['"]$/s.test(token) && token.length > 1) return token.slice(1, -1)
    throw damaged('a Python literal in the header', JSON.stringify(token))
  }

  end(): void {
    if (this.#at < this.list.length) throw damaged('the end of the header', JSON.stringify(this.list[this.#at]))
  }

  #next(): string {
    return this.list[this.#at++] ?? ''
  }

  #take(token: string): boolean {
    if (this.list[this.#at] !== token) return false
    this.#at++
    return true
  }

  #dictionary(depth: number): Literal {
    const entries = new Map<string, Literal>()
    while (!this.#take('}')) {
      const key = this.value(depth + 1)
      if (typeof key !== 'string' || entries.has(key)) throw damaged('each key of the header once', String(key))
      if (!this.#take(':')) throw damaged('a colon in the header', JSON.stringify(this.#next()))
      entries.set(key, this.value(depth + 1))
      this.#separator('}')
    }
    return entries
  }

  #sequence(open: string, depth: number): Literal {
    const close = open === '(' ? ')' : ']'
    const elements: Literal[] = []
    let hasComma = false
    while (!this.#take(close)) {
      elements.push(this.value(depth + 1))
      hasComma = this.#separator(close)
    }
    // Parentheses around one value without a comma only group it.
    return open === '(' && elements.length === 1 && !hasComma ? elements[0] : elements
  }

  /** Takes a comma. It may be missing before the closing bracket only. */
  #separator(close: string): boolean {
    if (this.#take(',')) return true
    if (this.list[this.#at] !== close) throw damaged(`a comma or ${close} in the header`, JSON.stringify(this.#next()))
    return false
  }
}
