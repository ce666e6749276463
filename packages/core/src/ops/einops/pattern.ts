import { ShapeError, ValueError } from '../../errors'
import { formatShape, sizeOf } from '../../values/shape'
import type { Shape } from '../../types/shapes'

/** An axis of a pattern: named, or given by its size alone; `...` stands for any number of axes. */
interface Axis {
  readonly name: string
  /** For an axis without a name. */
  readonly size?: number
}

/** The axes that one axis of the tensor consists of. Without parentheses it is one, or `...`, which is any number. */
interface Group {
  readonly axes: readonly Axis[]
  readonly isJoined: boolean
}

/** One side of a pattern: a group for each axis of the tensor. */
type Side = readonly Group[]

interface Pattern {
  readonly left: Side
  readonly right: Side
}

/** A pattern for a tensor of a given shape. Each axis has a key, which is its name if it has one. */
export interface BoundPattern {
  readonly left: readonly string[]
  /** For each axis of the result, the axes that are joined into it. */
  readonly right: readonly (readonly string[])[]
  readonly sizes: ReadonlyMap<string, number>
}

/** Which axes the right side of a pattern may lack or add. */
export interface Freedom {
  readonly drops: boolean
  readonly adds: boolean
}

const ellipsis = '...'

function wrong(operation: string, pattern: string, why: string): ValueError {
  return new ValueError('axes-pattern', `[${operation}] cannot read pattern '${pattern}': ${why}`)
}

function parseSide(operation: string, pattern: string, side: string): Side {
  const groups: { axes: Axis[]; isJoined: boolean }[] = []
  let open: Axis[] | null = null
  for (const [token] of side.matchAll(/\.\.\.|[()]|[^\s()]+/g)) {
    if (token === '(') {
      if (open !== null) throw wrong(operation, pattern, "a '(' stands inside of parentheses; they do not nest")
      groups.push({ axes: (open = []), isJoined: true })
    } else if (token === ')') {
      if (open === null) throw wrong(operation, pattern, "a ')' closes nothing")
      open = null
    } else if (open !== null) open.push(axisOf(operation, pattern, token))
    // A size of 1 is an axis that consists of no others.
    else groups.push({ axes: token === '1' ? [] : [axisOf(operation, pattern, token)], isJoined: false })
  }
  if (open !== null) throw wrong(operation, pattern, "a '(' is not closed")
  return groups
}

function axisOf(operation: string, pattern: string, token: string): Axis {
  if (/^[1-9]\d*$/.test(token)) return { name: token, size: Number(token) }
  if (token !== ellipsis && !/^[A-Za-z]\w*$/.test(token))
    throw wrong(operation, pattern, `'${token}' is no axis; write names, sizes, ( ), or ...`)
  return { name: token }
}

function parse(operation: string, pattern: string): Pattern {
  const sides = pattern.split('->')
  if (sides.length !== 2) throw wrong(operation, pattern, "write '->' once, between the axes before and after")
  const [left, right] = sides.map((side) => parseSide(operation, pattern, side))
  for (const side of [left, right]) {
    const names = axesOf(side).flatMap(({ name, size }) => (size === undefined ? [name] : []))
    const twice = names.find((name, i) => names.indexOf(name) !== i)
    if (twice !== undefined)
      throw wrong(operation, pattern, `axis ${twice} stands twice on one side; name each axis once`)
  }
  if (left.some(({ axes, isJoined }) => isJoined && axes.some(isEllipsis)))
    throw wrong(operation, pattern, "the left side has '...' in parentheses; only the right side can join its axes")
  if (axesOf(right).some(isEllipsis) && !axesOf(left).some(isEllipsis))
    throw wrong(operation, pattern, "the right side has '...', but not the left; write it on both")
  return { left, right }
}

const axesOf = (side: Side) => side.flatMap(({ axes }) => axes)
const isEllipsis = ({ name }: Axis) => name === ellipsis

const written = ({ axes }: Group) =>
  axes.length === 1 ? axes[0].name : axes.length === 0 ? '1' : `(${axes.map(({ name }) => name).join(' ')})`

/** Gives each axis of a pattern a key and a size. */
class Binding {
  readonly sizes = new Map<string, number>()
  /** The keys of the axes of `...`. */
  readonly lead: string[] = []
  #unnamed = 0

  constructor(
    private readonly operation: string,
    private readonly pattern: string,
    private readonly given: Readonly<Record<string, number>>,
  ) {}

  keyOf({ name, size }: Axis): string {
    if (size === undefined) return name
    const key = `${size}, number ${this.#unnamed++}`
    this.sizes.set(key, size)
    return key
  }

  left(side: Side, shape: Shape): string[] {
    const { operation, pattern } = this
    const at = side.findIndex(({ axes }) => axes.some(isEllipsis))
    const named = side.length - (at < 0 ? 0 : 1)
    if (at < 0 ? named !== shape.length : named > shape.length)
      throw new ShapeError(
        'axes-rank',
        `[${operation}] '${pattern}' names ${at < 0 ? '' : 'at least '}${named} ax${named === 1 ? 'is' : 'es'} on the left, ` +
          `but the tensor has shape ${formatShape(shape)}; name each axis, or write ... for the others`,
      )
    const further = shape.length - named
    let axis = 0
    return side.flatMap((group, i) => {
      if (i !== at) return this.#group(group, shape[axis++], shape)
      for (let n = 0; n < further; n++) {
        const key = `..., axis ${n}`
        this.sizes.set(key, shape[axis++])
        this.lead.push(key)
      }
      return this.lead
    })
  }

  /** The axes that one axis of the tensor consists of. The size of one of them may follow from the others. */
  #group(group: Group, size: number, shape: Shape): string[] {
    const { operation, given } = this
    const keys = group.axes.map((axis) => this.keyOf(axis))
    for (const key of keys) if (Object.hasOwn(given, key)) this.sizes.set(key, given[key])
    const unknown = keys.filter((key) => !this.sizes.has(key))
    const rest = sizeOf(keys.flatMap((key) => this.sizes.get(key) ?? []))
    const place = `${written(group)} is the axis of size ${size} of shape ${formatShape(shape)}`
    if (unknown.length > 1)
      throw new ValueError(
        'axes-unknown',
        `[${operation}] ${place}; give the sizes of all its axes but one, as { ${unknown[0]}: ... }`,
      )
    const fits = unknown.length === 0 ? rest === size : rest !== 0 && size % rest === 0
    if (!fits)
      throw new ShapeError(
        'axes-size',
        `[${operation}] ${place}, which is not ${unknown.length === 0 ? rest : `a multiple of ${rest}`}; pass other sizes`,
      )
    if (unknown.length === 1) this.sizes.set(unknown[0], size / rest)
    return keys
  }

  right(side: Side, left: readonly string[], { adds, drops }: Freedom): string[][] {
    const { operation, pattern, given } = this
    const groups = side.flatMap(({ axes, isJoined }) =>
      !isJoined && axes.some(isEllipsis)
        ? this.lead.map((key) => [key])
        : [axes.flatMap((axis) => (isEllipsis(axis) ? this.lead : [this.keyOf(axis)]))],
    )
    for (const key of groups.flat()) {
      if (left.includes(key)) continue
      if (!adds)
        throw new ValueError(
          'axes-new',
          `[${operation}] axis ${nameOf(key)} of the right side of '${pattern}' is not on the left; use repeat for new axes`,
        )
      if (!this.sizes.has(key) && !Object.hasOwn(given, key))
        throw new ValueError(
          'axes-unknown',
          `[${operation}] the size of the new axis ${key} in '${pattern}' is unknown; pass it, as { ${key}: 2 }`,
        )
      if (!this.sizes.has(key)) this.sizes.set(key, given[key])
    }
    const lost = left.find((key) => !groups.flat().includes(key) && this.sizes.get(key) !== undefined)
    if (lost !== undefined && !drops)
      throw new ValueError(
        'axes-lost',
        `[${operation}] axis ${nameOf(lost)} of the left side of '${pattern}' is not on the right; use reduce to combine its elements`,
      )
    const odd = Object.keys(given).find((name) => !this.sizes.has(name))
    if (odd !== undefined)
      throw new ValueError(
        'axes-unused',
        `[${operation}] '${pattern}' has no axis ${odd}, but its size is given; leave it out`,
      )
    return groups
  }
}

/** How messages name an axis. */
function nameOf(key: string): string {
  return key.split(',')[0]
}

/**
 * Reads a pattern for a tensor of the given shape.
 *
 * @throws ValueError for a pattern that has no meaning; ShapeError if it does not fit the shape.
 */
export function bindPattern(
  operation: string,
  pattern: string,
  shape: Shape,
  given: Readonly<Record<string, number>>,
  freedom: Freedom,
): BoundPattern {
  const { left, right } = parse(operation, pattern)
  const binding = new Binding(operation, pattern, given)
  const keys = binding.left(left, shape)
  return { left: keys, right: binding.right(right, keys, freedom), sizes: binding.sizes }
}
