/** A piece of JavaScript source. */
export interface Token {
  /**
   * The characters of a name (with its `#`) or of a punctuator; `''` for a string, number, regular expression or
   * template.
   */
  readonly text: string
  /** Whether a line break precedes this token. */
  readonly startsLine: boolean
}

const blank = /(?:[\s\uFEFF]+|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/)/y
const name =
  /#?(?:[\p{ID_Start}$_]|\\u[\da-fA-F]{4}|\\u\{[\da-fA-F]+\})(?:[\p{ID_Continue}$\u200c\u200d]|\\u[\da-fA-F]{4}|\\u\{[\da-fA-F]+\})*/uy
const number = /\.?\d(?:[eE][+-]|[\w.])*/y
const text = /"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'/y
const expression = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y
const quasi = /(?:[^`\\$]|\\[^]|\$(?!\{))*/y

/** After these words a slash starts a regular expression; after any other name it means division. */
const operators = /^(?:return|typeof|instanceof|in|of|new|delete|void|throw|case|do|else|yield|await|extends|default)$/

/**
 * The tokens of JavaScript source, such as the text of a function. Comments, strings, regular expressions and
 * template text are skipped; code inside templates is not. This is not a full parser: a slash after a closing
 * parenthesis means division, and a slash after a closing brace starts a regular expression if one can be read
 * there.
 */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = []
  /** For each open template, the number of open braces in its code. */
  const templates: number[] = []
  let at = 0
  let startsLine = false
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at
    const found = pattern.exec(source)?.[0] ?? null
    if (found !== null) at += found.length
    return found
  }
  const push = (text: string) => {
    tokens.push({ text, startsLine })
    startsLine = false
  }
  /** Skips the text of a template, up to its end or the next embedded code. */
  const passQuasi = () => {
    take(quasi)
    const isCode = source.startsWith('${', at)
    at += isCode ? 2 : 1
    if (isCode) templates.push(0)
    push(isCode ? '{' : '')
  }
  while (at < source.length) {
    const space = take(blank)
    if (space !== null) {
      startsLine ||= /[\n\r\u2028\u2029]/.test(space)
      continue
    }
    const character = source[at]
    const word = take(name)
    if (word !== null) push(word)
    else if (take(text) !== null || take(number) !== null) push('')
    else if (character === '/' && beginsValue(tokens) && take(expression) !== null) push('')
    else {
      at += 1
      if (character === '`') passQuasi()
      else if (character === '}' && templates.at(-1) === 0) {
        templates.pop()
        push('}')
        passQuasi()
      } else {
        if (templates.length > 0 && /[{}]/.test(character))
          templates[templates.length - 1] += character === '{' ? 1 : -1
        push(character)
      }
    }
  }
  return tokens
}

/** Whether a value can follow, and not an operator: a slash here starts a regular expression. */
function beginsValue(tokens: readonly Token[]): boolean {
  const [before, last] = [tokens.at(-2)?.text, tokens.at(-1)?.text]
  if (last === undefined) return true
  if (last === '' || last === ')' || last === ']') return false
  // `i++ / 2`
  if ((last === '+' || last === '-') && before === last) return false
  return /^[#\p{ID_Start}$_\\]/u.test(last) ? operators.test(last) && before !== '.' : true
}
