import { type CotangentError, ValueError } from '../errors'
import { rejectForeign } from './brand'
import { describeGiven, describeValue, looksLikeTensor } from './describe'
import { inOrder, withBrackets, withOption } from './meant'

/** A kind of argument: the values that a function accepts in one position. */
export interface Kind {
  /** The accepted values, in words that follow "expected". */
  readonly expected: string
  accepts(value: unknown): boolean
  /** The argument's name, in messages that show a correct call. */
  readonly name?: string
  /** The remedy, if it does not follow from `expected`. */
  readonly remedy?: string
  /** The remedy for further arguments, if this is the last parameter and its option names do not suggest one. */
  readonly surplus?: string
  /** The code of the error. Default: `argument`. */
  readonly code?: string
  /**
   * The error for a rejected value in a call with the arguments `given`; `remedy` is the call that was probably
   * meant. Default: a ValueError.
   */
  error?(operation: string, value: unknown, given: ArrayLike<unknown>, remedy?: string): CotangentError
  /** Whether the argument may be omitted. */
  readonly isOptional?: boolean
  /** Whether the kind applies to this and all further arguments. */
  readonly isRest?: boolean
  /** The fields of an options object, by name. */
  readonly fields?: Readonly<Record<string, Kind>>
  /** The kind of each element of an array. */
  readonly element?: Kind
}

/** Makes an argument optional. */
/* @__NO_SIDE_EFFECTS__ */
export function optional(kind: Kind): Kind {
  return { ...kind, isOptional: true }
}

/** The same kind, with a name for the argument. */
/* @__NO_SIDE_EFFECTS__ */
export function named(name: string, kind: Kind): Kind {
  return { ...kind, name }
}

/** The same kind, with its own errors. */
/* @__NO_SIDE_EFFECTS__ */
export function withError(kind: Kind, error: NonNullable<Kind['error']>): Kind {
  return { ...kind, error }
}

/** The same kind, in other words or with another test. */
/* @__NO_SIDE_EFFECTS__ */
export function restated(kind: Kind, other: Partial<Kind>): Kind {
  return { ...kind, ...other }
}

/** Any number of further arguments of one kind. */
/* @__NO_SIDE_EFFECTS__ */
export function rest(kind: Kind): Kind {
  return { ...kind, isOptional: true, isRest: true }
}

/**
 * Whether a value can be an options object: a plain object, or a class instance with fields. A Date or a Map has no
 * fields.
 */
function isOptions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value) || ArrayBuffer.isView(value) || looksLikeTensor(value)) return false
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype === null || Object.getPrototypeOf(prototype) === null || Object.keys(value).length > 0
}

/**
 * An options object. Fields are optional unless `required` names them. Without required fields, the object itself is
 * optional.
 */
/* @__NO_SIDE_EFFECTS__ */
export function options(fields: Readonly<Record<string, Kind>>, required: readonly string[] = []): Kind {
  const names = Object.keys(fields)
  const all: Record<string, Kind> = {}
  for (const name of names) all[name] = required.includes(name) ? fields[name] : optional(fields[name])
  return {
    expected: `options { ${names.join(', ')} }`,
    accepts: isOptions,
    fields: all,
    isOptional: required.length === 0,
  }
}

/** A call under check. */
interface CheckedCall {
  readonly parameters: readonly Kind[]
  readonly given: ArrayLike<unknown>
}

const nothingGiven: CheckedCall = { parameters: [], given: [] }

/**
 * Checks the arguments of a call: their number, the kind of each, and the names of options. Every public function
 * starts with this check, so that a wrong call throws instead of computing a wrong number.
 *
 * @throws ValueError, or the error that the kind defines. It names the function, what it expects and what it got.
 */
export function checkArguments(operation: string, parameters: readonly Kind[], given: ArrayLike<unknown>): void {
  if (given.length > parameters.length && !parameters.at(-1)?.isRest) throw tooMany(operation, parameters, given)
  for (let i = 0; i < parameters.length; i++) {
    const kind = parameters[i]
    const end = kind.isRest ? given.length : i + 1
    const isPlain = kind.fields === undefined && kind.element === undefined
    for (let at = i; at < end; at++)
      if (!isPlain || !kind.accepts(given[at])) check(operation, { parameters, given }, kind, given[at], at)
  }
}

/** Checks one value; the error names its place. */
export function checkValue(operation: string, kind: Kind, value: unknown, place: string): void {
  check(operation, nothingGiven, kind, value, place)
}

/** Checks one value: an argument, given by its position, or the value in a named place. */
function check(operation: string, call: CheckedCall, kind: Kind, value: unknown, place: number | string): void {
  if (value === undefined && kind.isOptional) return
  if (kind.element !== undefined && Array.isArray(value)) checkElements(operation, call, kind.element, value, place)
  else if (!kind.accepts(value)) throw wrongKind(operation, call, kind, value, place)
  if (kind.fields !== undefined) checkOptions(operation, call, kind.fields, value as Record<string, unknown>)
}

// Indexed, because forEach skips holes.
function checkElements(
  operation: string,
  call: CheckedCall,
  kind: Kind,
  list: readonly unknown[],
  place: number | string,
): void {
  const isPlain = kind.fields === undefined && kind.element === undefined
  for (let i = 0; i < list.length; i++)
    if (!isPlain || !kind.accepts(list[i])) check(operation, call, kind, list[i], `element ${i} of ${nameOf(place)}`)
}

function checkOptions(
  operation: string,
  call: CheckedCall,
  fields: Readonly<Record<string, Kind>>,
  options: Readonly<Record<string, unknown>>,
): void {
  for (const name in options)
    if (!Object.hasOwn(fields, name)) throw unknownOption(operation, Object.keys(fields), name)
  for (const name in fields) {
    const value = options[name]
    if (value !== undefined || !fields[name].isOptional) check(operation, call, fields[name], value, `option '${name}'`)
  }
}

function nameOf(place: number | string, { name }: Partial<Kind> = {}): string {
  return typeof place === 'string' ? place : `argument ${place + 1}${name === undefined ? '' : ` (${name})`}`
}

function wrongKind(
  operation: string,
  call: CheckedCall,
  kind: Kind,
  value: unknown,
  place: number | string,
): CotangentError {
  rejectForeign(operation, value)
  const meant = typeof place === 'number' ? callMeant(operation, call, kind, place) : undefined
  const remedy = meant ?? kind.remedy
  if (kind.error !== undefined) return kind.error(operation, value, call.given, remedy)
  const where = kind.fields === undefined || typeof place === 'string' ? ` as ${nameOf(place, kind)}` : ''
  return new ValueError(
    kind.code ?? (value === undefined ? 'missing-argument' : 'argument'),
    `[${operation}] expected ${kind.expected}${where}, got ${describeGiven(value)}` +
      (remedy === undefined ? '' : `; ${remedy}`),
  )
}

/** The call that was probably meant, as a remedy. */
function callMeant(
  operation: string,
  { parameters, given }: CheckedCall,
  kind: Kind,
  place: number,
): string | undefined {
  if (kind.isRest) return undefined
  return (
    withBrackets(operation, parameters, given, place) ??
    withOption(operation, parameters, given, place) ??
    (kind.remedy === undefined ? inOrder(operation, parameters, given, place) : undefined)
  )
}

function tooMany(operation: string, parameters: readonly Kind[], given: ArrayLike<unknown>): ValueError {
  const last = parameters.at(-1)
  const fields = Object.keys(last?.fields ?? {})
  const meant = parameters.flatMap((_, place) => withBrackets(operation, parameters, given, place) ?? [])
  const most = `at most ${parameters.length} argument${parameters.length === 1 ? '' : 's'}`
  return new ValueError(
    'arity',
    `[${operation}] takes ${parameters.length === 0 ? 'no arguments' : most}, got ${given.length}; ` +
      (meant.at(0) ??
        last?.surplus ??
        (fields.length > 0
          ? `pass options by name, as { ${fields.join(', ')} }`
          : surplusAfter(operation, parameters.length, given))),
  )
}

/** The remedy for arguments beyond the last parameter. */
export function surplusAfter(operation: string, taken: number, given: ArrayLike<unknown>): string {
  const callback = taken === 1 ? ` (as a callback, write x => ${operation}(x))` : ''
  return `leave out ${describeValue(given[taken])}${callback}`
}

function unknownOption(operation: string, known: readonly string[], name: string): ValueError {
  const meant = closest(name, known)
  return new ValueError(
    'unknown-option',
    `[${operation}] has no option '${name}'${meant === undefined ? '' : `; did you mean '${meant}'?`}` +
      `${meant === undefined ? ';' : ''} ${known.length === 1 ? 'its only option is' : 'its options are'} ${known.join(', ')}`,
  )
}

// For each option, its names in other libraries.
const synonyms: Readonly<Record<string, readonly string[]>> = {
  axis: ['dim', 'dims', 'dimension', 'along'],
  deviation: ['std', 'stddev', 'sd', 'sigma', 'scale'],
  mean: ['loc', 'mu'],
  min: ['low', 'lower', 'from'],
  max: ['high', 'upper', 'to'],
  correction: ['ddof', 'unbiased'],
  argument: ['argnum', 'argnums', 'wrt'],
  aux: ['hasaux'],
  learningRate: ['lr', 'rate', 'eta', 'stepsize'],
  weightDecay: ['wd', 'decay', 'l2'],
  probability: ['p', 'prob', 'probs'],
  key: ['rng', 'seed', 'generator'],
  fromLogits: ['logits'],
  dtype: ['type'],
  initializer: ['init', 'kernelinitializer'],
  lambda: ['alpha', 'l2', 'weight'],
  tolerance: ['tol', 'rtol', 'atol', 'eps', 'epsilon'],
}

/**
 * The option that was probably meant: a synonym, or the closest name if its edit distance is at most a third of the
 * letters.
 */
function closest(name: string, known: readonly string[]): string | undefined {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '')
  const synonym = known.find((each) => synonyms[each]?.includes(plain))
  if (synonym !== undefined) return synonym
  const ranked = known.map((each) => ({ each, distance: distance(plain, each.toLowerCase()) }))
  ranked.sort((a, b) => a.distance - b.distance)
  return ranked.length > 0 && ranked[0].distance <= Math.ceil(plain.length / 3) ? ranked[0].each : undefined
}

/** Levenshtein distance: the insertions, deletions and substitutions that turn one word into the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]
}
