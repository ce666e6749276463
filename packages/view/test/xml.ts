/** An element of a document. */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  /** The text between its tags, without that of its children. */
  readonly text: string
}

/**
 * Reads an XML document without declarations, comments and processing instructions. Throws for what the specification
 * (XML 1.0, section 2) calls not well-formed.
 */
export function parseXml(document: string): Element {
  if (/\p{Cs}/u.test(document)) throw new Error('a lone surrogate')
  // eslint-disable-next-line no-control-regex -- the characters that XML forbids
  const odd = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.exec(document)
  if (odd) throw new Error(`the character ${odd[0].codePointAt(0)} at ${odd.index}`)
  const root = { name: '', attributes: {}, children: [] as Element[], text: '' }
  const open: { name: string; attributes: Record<string, string>; children: Element[]; text: string }[] = [root]
  const token = /<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y
  while (token.lastIndex < document.length) {
    const at = token.lastIndex
    const match = token.exec(document)
    if (match === null) throw new Error(`no tag at ${at}: ${document.slice(at, at + 60)}`)
    const [, closed, name, list, isEmpty, text] = match
    if (text !== undefined) open.at(-1)!.text += decoded(text)
    else if (closed !== undefined) {
      if (open.length < 2 || open.pop()!.name !== closed) throw new Error(`</${closed}> closes another element`)
    } else {
      const attributes: Record<string, string> = {}
      for (const [, key, value] of list.matchAll(/([\w:.-]+)="([^"]*)"/g)) {
        if (key in attributes) throw new Error(`two attributes ${key}`)
        attributes[key] = decoded(value)
      }
      const element = { name, attributes, children: [], text: '' }
      open.at(-1)!.children.push(element)
      if (isEmpty === '') open.push(element)
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.name}> is not closed`)
  if (root.children.length !== 1 || root.text.trim() !== '') throw new Error('not one root element')
  return root.children[0]
}

function decoded(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return text.replace(/&(?:#(\d+);|#x([\da-f]+);|(\w+);)?/gi, (all, decimal?: string, hex?: string, name?: string) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal))
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
    if (name === undefined || !(name in named)) throw new Error(`${all} is no reference`)
    return named[name]
  })
}

/** All elements of a name, in the order of the document. */
export function elementsOf(root: Element, name: string, within = ''): Element[] {
  return root.children.flatMap((child) => [
    ...(child.name === name && (child.attributes['class'] ?? '').startsWith(within) ? [child] : []),
    ...elementsOf(child, name, within),
  ])
}
