/** The number of columns of a text in a monospaced font. East Asian characters and pictographs take two. */
export function columns(text: string): number {
  let count = 0
  for (const character of text) count += character.codePointAt(0)! > 0x2e7f ? 2 : 1
  return count
}

/** The text with its middle left out if it has more columns than `most`. */
export function shortened(text: string, most: number): string {
  if (columns(text) <= most) return text
  const characters = [...text]
  const start: string[] = []
  const end: string[] = []
  for (let left = most - 1; left > 0;) {
    const [part, next] = start.length <= end.length ? [start, characters.shift()!] : [end, characters.pop()!]
    left -= columns(next)
    if (left >= 0) part.push(next)
  }
  return `${start.join('')}…${end.reverse().join('')}`
}

/** Text in XML. Characters that XML cannot hold or that cannot be seen are written as `\u{1b}`. */
export function xml(text: string): string {
  return text
    .replace(/(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffe\uffff]/gu, (character) => {
      return `\\u{${character.codePointAt(0)!.toString(16)}}`
    })
    .replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
