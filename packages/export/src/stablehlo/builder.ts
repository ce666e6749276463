import { sameShape } from '@cotangent/core/internal'
import { type Element, isFloating, names, type Operand, tensorType, tensorTypes } from './types'
import { literal } from './literals'

type Shape = readonly number[]

/** How a comparison is made. */
export type Direction = 'EQ' | 'NE' | 'LT' | 'LE' | 'GT' | 'GE'

/** A line, and the name of the value that it defines if it is an operation without blocks. */
interface Line {
  readonly text: string
  readonly defines?: string
}

/** How a value was made of another: axis i is axis `permutation[i]` of `source`; by a reshape if there is none. */
export interface Rearranged {
  readonly source: Operand
  readonly permutation?: readonly number[]
}

/** Writes operations, one a line, and keeps count of names, blocks and constants. */
export class Builder {
  readonly #lines: Line[] = []
  #indent = '    '
  #count = 0
  /** The location that the operations have which are written next. */
  location = 'unknown'
  /** For each open block, the outermost first, the constants that were written in it. */
  #constants: Map<string, Operand>[] = [new Map()]
  readonly #rearranged = new Map<string, Rearranged>()

  /** The lines that `results` need. */
  textFor(results: readonly Operand[]): string {
    const used = new Set(results.map(({ name }) => nameOf(name)))
    const needed: string[] = []
    for (const { text, defines } of [...this.#lines].reverse()) {
      if (defines !== undefined && !used.has(defines)) continue
      for (const [name] of text.matchAll(/%\w+/g)) used.add(name)
      needed.push(text)
    }
    return needed.reverse().join('\n')
  }

  /** A name that no value has. */
  fresh(): string {
    return `%${this.#count++}`
  }

  /** A value that a block is given. */
  parameter(shape: Shape, element: Element): Operand {
    return { name: this.fresh(), shape, element }
  }

  /** Writes a line. The caller wrote its operands before. */
  line(text: string): void {
    this.#lines.push({ text: this.#indent + text })
  }

  /** Writes an operation, and returns its results. */
  operation(text: string, types: readonly Pick<Operand, 'shape' | 'element'>[]): readonly Operand[] {
    const { name, defined, results } = this.#defined(types)
    this.#lines.push({ text: `${this.#indent}${defined}${text} loc(${this.location})`, defines: name })
    return results
  }

  /** A fresh name, how a line begins that defines it, and the results that it stands for. */
  #defined(types: readonly Pick<Operand, 'shape' | 'element'>[]) {
    const name = this.fresh()
    const results = types.map(({ shape, element }, i) => ({
      ...{ shape, element },
      name: types.length === 1 ? name : `${name}#${i}`,
    }))
    const defined = types.length === 0 ? '' : `${name}${types.length === 1 ? '' : `:${types.length}`} = `
    return { name, defined, results }
  }

  /** An operation with one result. */
  one(text: string, shape: Shape, element: Element): Operand {
    return this.operation(text, [{ shape, element }])[0]
  }

  /** An operation with blocks. `write` writes the lines between its first and its last; the last is its `text`. */
  nested(
    opening: string,
    types: readonly Pick<Operand, 'shape' | 'element'>[],
    write: () => void,
    closing: string,
  ): readonly Operand[] {
    const { defined, results } = this.#defined(types)
    this.line(`${defined}${opening}`)
    const { location } = this
    write()
    this.location = location
    this.line(`${closing} loc(${location})`)
    return results
  }

  /** Writes a block, and what it returns. What is written in it can be used in it only. */
  block(write: () => readonly Operand[]): void {
    const { location } = this
    this.#indent += '  '
    this.#constants.push(new Map())
    const results = write()
    this.location = location
    this.line(`stablehlo.return ${names(results)} : ${tensorTypes(results)} loc(${location})`)
    this.#constants.pop()
    this.#indent = this.#indent.slice(2)
  }

  /** The same number everywhere. */
  splat(value: number, element: Element, shape: Shape = []): Operand {
    return this.constant(shape.includes(0) ? '' : literal(value, element), element, shape)
  }

  /** A constant with the given literal. A block or a block around it has it once. */
  constant(text: string, element: Element, shape: Shape): Operand {
    const line = `stablehlo.constant dense<${text}> : ${tensorType({ shape, element })}`
    for (const known of this.#constants) if (known.has(line)) return known.get(line)!
    const made = this.one(line, shape, element)
    this.#constants.at(-1)!.set(line, made)
    return made
  }

  /** An operation on operands of one type, which its result has too. */
  uniform(name: string, ...operands: readonly Operand[]): Operand {
    const [{ shape, element }] = operands
    return this.one(`stablehlo.${name} ${names(operands)} : ${tensorType(operands[0])}`, shape, element)
  }

  /** A function of the dialect CHLO. */
  chlo(name: string, x: Operand): Operand {
    return this.one(`chlo.${name} ${x.name} : ${tensorType(x)} -> ${tensorType(x)}`, x.shape, x.element)
  }

  compare(direction: Direction, a: Operand, b: Operand): Operand {
    const kind = isFloating(a.element) ? 'FLOAT' : a.element === 'i1' ? 'UNSIGNED' : 'SIGNED'
    const result = { shape: a.shape, element: 'i1' as const }
    return this.one(
      `stablehlo.compare ${direction}, ${names([a, b])}, ${kind} : (${tensorTypes([a, b])}) -> ${tensorType(result)}`,
      a.shape,
      'i1',
    )
  }

  select(condition: Operand, a: Operand, b: Operand): Operand {
    return this.one(
      `stablehlo.select ${names([condition, a, b])} : ${tensorType(condition)}, ${tensorType(a)}`,
      a.shape,
      a.element,
    )
  }

  convert(x: Operand, element: Element): Operand {
    return x.element === element ? x : this.#cast('convert', x, x.shape, element)
  }

  /** The bits of elements as elements of another type of the same size. */
  bits(x: Operand, element: Element): Operand {
    return this.#cast('bitcast_convert', x, x.shape, element)
  }

  /** Reshapes of reshapes are one, or none: devices that share an axis need not gather it to merge it with another. */
  reshape(x: Operand, shape: Shape): Operand {
    if (sameShape(x.shape, shape)) return x
    const made = this.#rearranged.get(x.name)
    const source = made === undefined || made.permutation ? x : made.source
    if (sameShape(source.shape, shape)) return source
    return this.#remember(this.#cast('reshape', source, shape, x.element), { source })
  }

  /** How a value was made of another, if it was by a reshape or a transpose. */
  rearranged({ name }: Operand): Rearranged | undefined {
    return this.#rearranged.get(name)
  }

  #remember(made: Operand, how: Rearranged): Operand {
    this.#rearranged.set(made.name, how)
    return made
  }

  /** Axis i of the operand, of equal size or of size 1, is axis `axes[i]` of the result. */
  broadcast(x: Operand, axes: readonly number[], shape: Shape): Operand {
    return this.#cast('broadcast_in_dim', x, shape, x.element, `, dims = ${list(axes)}`)
  }

  /** A value at every index of a shape: trailing axes are aligned. */
  spread(x: Operand, shape: Shape): Operand {
    if (sameShape(x.shape, shape)) return x
    const first = shape.length - x.shape.length
    return this.broadcast(
      x,
      x.shape.map((_, axis) => first + axis),
      shape,
    )
  }

  transpose(x: Operand, permutation: readonly number[]): Operand {
    if (permutation.every((axis, i) => axis === i)) return x
    const shape = permutation.map((axis) => x.shape[axis])
    const made = this.#cast('transpose', x, shape, x.element, `, dims = ${list(permutation)}`)
    return this.#remember(made, { source: x, permutation })
  }

  /** Zeros before, after and between elements; with negative numbers, fewer elements. `value` stands for the zeros. */
  pad(x: Operand, value: Operand, low: Shape, high: Shape, interior: Shape = low.map(() => 0)): Operand {
    const shape = x.shape.map((size, i) => low[i] + size + Math.max(0, size - 1) * interior[i] + high[i])
    const type = tensorType({ shape, element: x.element })
    return this.one(
      `stablehlo.pad ${names([x, value])}, low = ${list(low)}, high = ${list(high)}, interior = ${list(interior)} : ` +
        `(${tensorTypes([x, value])}) -> ${type}`,
      shape,
      x.element,
    )
  }

  iota(axis: number, element: Element, shape: Shape): Operand {
    return this.one(`stablehlo.iota dim = ${axis} : ${tensorType({ shape, element })}`, shape, element)
  }

  /** The same values, about which the compiler knows nothing. */
  barrier(values: readonly Operand[]): readonly Operand[] {
    return this.operation(`stablehlo.optimization_barrier ${names(values)} : ${tensorTypes(values)}`, values)
  }

  #cast(name: string, x: Operand, shape: Shape, element: Element, attributes = ''): Operand {
    const result = { shape, element }
    return this.one(
      `stablehlo.${name} ${x.name}${attributes} : (${tensorType(x)}) -> ${tensorType(result)}`,
      shape,
      element,
    )
  }
}

/** The name of an operation of which this is a result: `%3` of `%3#1`. */
const nameOf = (name: string) => name.split('#')[0]

/** `[0, 1]`. */
export function list(numbers: readonly number[]): string {
  return `[${numbers.join(', ')}]`
}
