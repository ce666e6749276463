import { ShapeError, ValueError } from '../../errors'
import { formatShape, sameShape } from '../../values/shape'
import type { Shape } from '../../types/shapes'

/**
 * Subscripts as written: a term for each operand, and that of the result. A term has a letter or `...` for its axes.
 */
interface Subscripts {
  readonly operands: readonly string[]
  readonly result: string
}

/** Subscripts for operands of given shapes: one letter for each axis, and the size of each letter. */
export interface Bound {
  readonly operands: readonly Operand[]
  readonly result: string
  readonly sizes: ReadonlyMap<string, number>
}

/** The letters of an operand. Axes of size 1 that broadcast against larger ones are dropped from its shape first. */
export interface Operand {
  readonly letters: string
  readonly shape: Shape
}

/** What stands for the axes that an operand has beyond its letters. */
const ellipsis = '...'

/** The letters that stand for the axes of `...`: they are not among those that users write. */
const firstOfEllipsis = 0x3b1

function wrong(subscripts: string, why: string): ValueError {
  return new ValueError('einsum-subscripts', `[einsum] cannot read subscripts '${subscripts}': ${why}`)
}

function parse(subscripts: string): Subscripts {
  const sides = subscripts.replaceAll(' ', '').split('->')
  if (sides.length > 2) throw wrong(subscripts, "'->' stands there more than once; write it once, before the result")
  const operands = sides[0].split(',')
  for (const term of [...operands, sides[1] ?? '']) checkTerm(subscripts, term)
  return { operands, result: sides[1] ?? implied(operands) }
}

function checkTerm(subscripts: string, term: string): void {
  const letters = term.replace(ellipsis, '')
  if (letters.includes('.'))
    throw wrong(subscripts, `'${term}' has dots that are no single '...'; write three dots once`)
  const odd = [...letters].find((letter) => !/^[A-Za-z]$/.test(letter))
  if (odd !== undefined)
    throw wrong(subscripts, `'${odd}' is no letter; axes are named by letters, from a to z and A to Z`)
}

/** The result that NumPy implies where none is written: `...`, then the letters that occur once, in ASCII order. */
function implied(operands: readonly string[]): string {
  const all = [...operands.join('').replaceAll('.', '')]
  const once = all.filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter))
  return (operands.some((term) => term.includes(ellipsis)) ? ellipsis : '') + once.sort().join('')
}

/** Gives each axis a letter and each letter a size. */
class Binding {
  readonly sizes = new Map<string, number>()
  readonly operands: Operand[] = []
  /** The sizes of the axes of `...`, which broadcast. */
  #lead: number[] = []

  constructor(
    private readonly subscripts: string,
    private readonly terms: readonly string[],
    private readonly shapes: readonly Shape[],
  ) {
    const leads = terms.map((term, i) => this.#leadOf(term, i))
    for (const lead of leads) this.#broadcast(lead)
    const letters = this.letters()
    for (const [axis, letter] of [...letters].entries()) this.sizes.set(letter, this.#lead[axis])
    terms.forEach((term, i) => this.#bind(term, i, leads[i]))
  }

  /** The letters of the axes of `...`. */
  letters(): string {
    return this.#lead.map((_, axis) => String.fromCodePoint(firstOfEllipsis + axis)).join('')
  }

  /** The axes of an operand that `...` stands for. */
  #leadOf(term: string, i: number): { readonly shape: Shape; readonly i: number } {
    const shape = this.shapes[i]
    const named = term.replace(ellipsis, '').length
    const start = term.indexOf(ellipsis)
    if (start < 0 ? named !== shape.length : named > shape.length)
      throw new ShapeError(
        'einsum-rank',
        `[einsum] '${term}' names ${start < 0 ? '' : 'at least '}${named} ax${named === 1 ? 'is' : 'es'}, but operand ${i} has shape ` +
          `${formatShape(shape)}; name each axis, or write ... for the others`,
      )
    return { shape: start < 0 ? [] : shape.slice(start, start + shape.length - named), i }
  }

  #broadcast({ shape, i }: { readonly shape: Shape; readonly i: number }): void {
    const rank = Math.max(shape.length, this.#lead.length)
    const at = (list: Shape, axis: number) => list[axis - rank + list.length] ?? 1
    const before = this.#lead
    this.#lead = Array.from({ length: rank }, (_, axis) => {
      const [old, own] = [at(before, axis), at(shape, axis)]
      if (old !== own && old !== 1 && own !== 1)
        throw new ShapeError(
          'einsum-broadcast',
          `[einsum] the axes ... are ${formatShape(before)} before and ${formatShape(shape)} in '${this.terms[i]}' of operand ${i}; ` +
            'their sizes must be equal or 1',
        )
      return old === 1 ? own : old
    })
  }

  #bind(term: string, i: number, lead: { readonly shape: Shape }): void {
    const shape = this.shapes[i]
    const all = this.letters()
    const letters = term.replace(ellipsis, all.slice(all.length - lead.shape.length))
    const isOfLead = (letter: string) => all.includes(letter)
    const kept = [...letters].map((letter, axis) => {
      const size = this.sizes.get(letter)
      if (isOfLead(letter)) return size === shape[axis]
      if (size !== undefined && size !== shape[axis])
        throw new ShapeError(
          'einsum-size',
          `[einsum] axis ${letter} has size ${size} before and size ${shape[axis]} in '${term}', operand ${i} of shape ` +
            `${formatShape(shape)}; give equal sizes the same letter (only ... broadcasts)`,
        )
      this.sizes.set(letter, shape[axis])
      return true
    })
    const isKept = (_: unknown, axis: number) => kept[axis]
    this.operands.push({ letters: [...letters].filter(isKept).join(''), shape: shape.filter(isKept) })
  }

  /** The letters of the result. */
  result(term: string): string {
    const { subscripts } = this
    const twice = [...term.replace(ellipsis, '')].find((letter, i, all) => all.indexOf(letter) !== i)
    if (twice !== undefined)
      throw new ValueError(
        'einsum-result',
        `[einsum] axis ${twice} stands twice in the result of '${subscripts}'; name it once`,
      )
    const unknown = [...term.replace(ellipsis, '')].find((letter) => !this.sizes.has(letter))
    if (unknown !== undefined)
      throw new ValueError(
        'einsum-result',
        `[einsum] axis ${unknown} of the result is in no operand of '${subscripts}'; name it in one of them, or use expandDims`,
      )
    if (this.#lead.length > 0 && !term.includes(ellipsis))
      throw new ValueError(
        'einsum-result',
        `[einsum] the result of '${subscripts}' lacks the axes ..., which have shape ${formatShape(this.#lead)}; write ... in it`,
      )
    return term.replace(ellipsis, this.letters())
  }
}

/**
 * Reads subscripts for operands of the given shapes.
 *
 * @throws ValueError for subscripts that have no meaning; ShapeError if they do not fit the shapes.
 */
export function bind(subscripts: string, shapes: readonly Shape[]): Bound {
  const { operands: terms, result } = parse(subscripts)
  if (terms.length !== shapes.length)
    throw new ValueError(
      'einsum-operands',
      `[einsum] '${subscripts}' names ${terms.length} operand${terms.length === 1 ? '' : 's'}, got ${shapes.length}; ` +
        'write one term for each, with commas between them',
    )
  const binding = new Binding(subscripts, terms, shapes)
  return { operands: binding.operands, result: binding.result(result), sizes: binding.sizes }
}

/** Whether an operand loses axes of size 1 before it is used. */
export function isReshaped({ shape }: Operand, from: Shape): boolean {
  return !sameShape(shape, from)
}
