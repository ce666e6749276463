import { flattenFor, formatPath, type Path, Tensor } from '@cotangent/core'
import { formatType, isFloat } from '@cotangent/core/internal'
import { ExportError } from '../errors'
import { type Argument, nameOf } from './arguments'
import type { OutputEntry, OutputRole } from './manifest'
import { staticDifference } from './static-values'

/** An output of a module: the tensor that it is in the trace, and its entry. */
export interface Output {
  readonly tensor: Tensor
  readonly entry: OutputEntry
}

function output(role: OutputRole, name: string, tensor: Tensor, input?: number): Output {
  const { dtype, shape } = tensor
  return { tensor, entry: { role, name, dtype, shape: [...shape], ...(input === undefined ? {} : { input }) } }
}

/** What an error shows of a value. */
function shown(value: unknown): string {
  if (value instanceof Tensor) return formatType(value.dtype, value.shape)
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `an array of ${value.length}`
  return typeof value === 'object' && value !== null
    ? 'an object'
    : typeof value === 'function'
      ? 'a function'
      : String(value)
}

/**
 * The outputs of a training step: the loss, the next model and state in the order of their inputs, and the metrics.
 * `args` are the model and the state.
 *
 * @throws ExportError if they do not fit what the step got.
 */
export function stepOutputs(operation: string, args: readonly [Argument, Argument], result: unknown): Output[] {
  const [loss, model, state, ...metrics] = partsOf(operation, result)
  if (!(loss instanceof Tensor) || loss.rank !== 0 || !isFloat(loss.dtype))
    throw new ExportError(
      'step-loss',
      `[${operation}] expected the step to return a loss first, a floating-point scalar, got ${shown(loss)}; ` +
        'reduce it with mean() or sum()',
    )
  const [ofModel, ofState] = args
  return [
    output('loss', 'loss', loss),
    ...nextLeaves(operation, ofModel, model).map((leaf, i) => output('model', ofModel.names[i], leaf, i)),
    ...nextLeaves(operation, ofState, state).map((leaf, i) =>
      output('state', ofState.names[i], leaf, ofModel.names.length + i),
    ),
    ...metrics.flatMap((each) => namedOutputs(operation, 'metric', each)),
  ]
}

/** Loss, model, state and, if there are any, metrics: from a list, or from an object that names them. */
function partsOf(operation: string, result: unknown): readonly unknown[] {
  if (Array.isArray(result) && (result.length === 3 || result.length === 4)) return result
  const isNamed = isPlainObject(result) && partNames.slice(0, 3).every((name) => name in result)
  const others = isNamed ? Object.keys(result).filter((name) => !partNames.includes(name)) : []
  if (!isNamed || others.length > 0)
    throw new ExportError(
      'step-result',
      `[${operation}] expected the step to return { loss, model, state, metrics } or a list of these, metrics being optional, ` +
        `got ${others.length > 0 ? `an object with ${others.join(', ')}` : shown(result)}; ` +
        `${others.length > 0 ? 'put further results into metrics' : 'write return { loss, model, state }'}`,
    )
  const named = result as Readonly<Record<string, unknown>>
  return partNames.filter((name) => name in named).map((name) => named[name])
}

const partNames = ['loss', 'model', 'state', 'metrics']

/** For each tensor of the model or the state that a step got, the one that it returned in its places. */
function nextLeaves(operation: string, { role, root, flat }: Argument, next: unknown): Tensor[] {
  const after = flattenFor(operation, next)
  const places = flat.leaves.map((): Path[] => [])
  const positions = new Map(flat.leaves.map((leaf, i) => [leaf, i]))
  const known = new Set<string>()
  flat.select((leaf, path) => {
    places[positions.get(leaf)!].push(path)
    known.add(JSON.stringify(path))
    return true
  })
  const fail = (code: string, expected: string, got: string, remedy: string) =>
    new ExportError(
      code,
      `[${operation}] expected a step that returns a ${role} like the one that it gets, with ${expected}, got ${got}; ${remedy}`,
    )
  const leaves = flat.leaves.map((leaf, i) => {
    const [first, ...others] = places[i]
    const type = formatType(leaf.dtype, leaf.shape)
    const found = after.at(first)
    for (const path of places[i])
      if (after.at(path) === undefined)
        throw fail('step-structure', `${type} at ${formatPath(path)}`, 'no tensor there', `return the whole ${role}`)
    const other = others.find((path) => after.at(path) !== found)
    if (other !== undefined) {
      const both = `one tensor at ${formatPath(first)} and at ${formatPath(other)}`
      throw fail('step-sharing', both, 'two', `return one, or begin with a ${role} that has two`)
    }
    const { dtype, shape } = found!
    const remedy = dtype === leaf.dtype ? 'keep the shape' : `convert it in the step: x.astype('${leaf.dtype}')`
    if (dtype !== leaf.dtype || shape.join() !== leaf.shape.join())
      throw fail('step-type', `${type} at ${formatPath(first)}`, formatType(dtype, shape), remedy)
    return found!
  })
  after.select((leaf, path) => {
    if (!known.has(JSON.stringify(path)))
      throw fail('step-structure', `no tensor at ${formatPath(path)}`, shown(leaf), `begin with a ${role} that has one`)
    return true
  })
  const difference = staticDifference(root, next)
  if (difference !== null) {
    const remedy = 'make it a tensor, because a module holds other values as they are when it is made'
    const place = `${shown(difference.was)} at ${formatPath(difference.path)}`
    throw fail('step-static', place, shown(difference.is), remedy)
  }
  return leaves
}

/**
 * An output for each place of a tensor in what a function returned.
 *
 * @throws ExportError for another value than a tensor, an array or a plain object.
 */
export function namedOutputs(operation: string, role: 'metric' | 'result', root: unknown): Output[] {
  const found: Output[] = []
  const visit = (value: unknown, path: Path): void => {
    if (value instanceof Tensor) found.push(output(role, nameOf(path), value))
    else if (Array.isArray(value)) value.forEach((each, i) => visit(each, [...path, i]))
    else if (isPlainObject(value)) for (const [key, each] of Object.entries(value)) visit(each, [...path, key])
    else
      throw new ExportError(
        'result-value',
        `[${operation}] expected a tree of tensors as ${role === 'metric' ? 'metrics' : 'the result'}, ` +
          `got ${shown(value)} at ${formatPath(path)}; return a tensor, or leave it out`,
      )
  }
  visit(root, [])
  return found
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype === null || prototype === Object.prototype
}
