import type { Kind } from '@cotangent/core'
import { ExportError } from '../errors'

/**
 * How the axes of a tensor are split over the axes of a mesh of devices: for each axis the name of a mesh axis, a list
 * of names, or null. One name alone splits the longest axis that this mesh axis divides: fully sharded.
 */
export type ShardingSpec = string | readonly (string | readonly string[] | null)[]

/**
 * Specs by pattern; the first one that fits applies. A pattern matches the last segments of a tensor's name: `*`
 * stands for one segment, and `**` for any number. A list fits tensors that have as many axes.
 */
export type Shardings = Readonly<Record<string, ShardingSpec>>

/** A rule, in `bundle.json`. */
export interface Sharding {
  readonly pattern: string
  readonly spec: ShardingSpec
}

/** A tensor that rules are for. */
interface Sharded {
  readonly name: string
  readonly shape: readonly number[]
}

/** Rules for shardings. */
export const someShardings: Kind = {
  expected: "shardings (an object of specs by pattern, such as { 'layers.*.weight': [null, 'model'], '**': 'data' })",
  accepts: (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    Object.values(value).every(isSpec),
  remedy: 'a spec has for each axis the name of a mesh axis, a list of names or null; or it is one name',
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isSpec(spec: unknown): boolean {
  if (!Array.isArray(spec)) return isName(spec)
  return Array.from(spec as unknown[]).every(
    (entry) =>
      entry === null || isName(entry) || (Array.isArray(entry) && Array.from(entry as unknown[]).every(isName)),
  )
}

/**
 * The rules in order.
 *
 * @throws ExportError for a pattern that cannot match, that matches no tensor, or whose spec uses a mesh axis twice.
 */
export function checkedShardings(shardings: Shardings, tensors: readonly Sharded[]): Sharding[] {
  return Object.entries(shardings).map(([pattern, spec]) => {
    checkPattern(pattern)
    const axes = typeof spec === 'string' ? [spec] : spec.flatMap((entry) => entry ?? [])
    const twice = axes.find((axis, i) => axes.indexOf(axis) < i)
    if (twice !== undefined)
      throw problem(pattern, `each mesh axis once, got '${twice}' twice`, 'a mesh axis splits one axis of a tensor')
    const named = tensors.filter(({ name }) => matches(pattern, name))
    if (named.length === 0)
      throw problem(pattern, 'a name that it matches, got none', `the names are ${listed(tensors)}`)
    if (typeof spec !== 'string' && !named.some(({ shape }) => shape.length === spec.length))
      throw problem(
        pattern,
        `a tensor of ${spec.length} axes, one for each entry of the spec, got none`,
        `it matches ${listed(named)}`,
      )
    return { pattern, spec }
  })
}

function checkPattern(pattern: string): void {
  const odd = pattern
    .split('.')
    .find((segment) => segment === '' || (segment.includes('*') && !/^\*\*?$/.test(segment)))
  if (odd !== undefined)
    throw problem(
      pattern,
      `segments between dots, each a name, '*' or '**', got '${odd}'`,
      "write 'layers.*.weight' or '**.weight'",
    )
  // An object lists such keys before the others, and the first rule that fits applies.
  if (/^(0|[1-9]\d*)$/.test(pattern))
    throw problem(pattern, 'a key whose place in the object is kept, got an integer', `write '**.${pattern}'`)
}

function problem(pattern: string, text: string, remedy: string): ExportError {
  return new ExportError('sharding-rule', `[exportTraining] sharding '${pattern}': expected ${text}; ${remedy}`)
}

function listed(tensors: readonly Sharded[]): string {
  const most = 40
  const names = tensors.slice(0, most).map(({ name, shape }) => `${name} [${shape.join(', ')}]`)
  return `${names.join(', ') || 'none'}${tensors.length > most ? ` and ${tensors.length - most} more` : ''}`
}

/** Whether a pattern matches the last segments of a name. */
export function matches(pattern: string, name: string): boolean {
  const [parts, segments] = [pattern.split('.'), name.split('.')]
  const covers = (part: number, segment: number): boolean => {
    if (part === parts.length) return segment === segments.length
    if (parts[part] === '**')
      return covers(part + 1, segment) || (segment < segments.length && covers(part, segment + 1))
    const isSame = segment < segments.length && (parts[part] === '*' || parts[part] === segments[segment])
    return isSame && covers(part + 1, segment + 1)
  }
  return segments.some((_, segment) => covers(0, segment))
}
