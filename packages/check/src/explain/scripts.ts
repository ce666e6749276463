/** The name with the bar of a cotangent. */
export function barred(name: string): string {
  return `${name[0]}\u0304${name.slice(1)}`.normalize('NFC')
}

export function subscript(value: number): string {
  return String(value).replace(/\d/g, (digit) => '₀₁₂₃₄₅₆₇₈₉'[Number(digit)])
}

export function superscript(value: number): string {
  return String(value).replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)])
}
