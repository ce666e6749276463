import { type CotangentError, ValueError } from '../errors'
import { rejectForeign } from './brand'
import { describeGiven, describeValue, looksLikeTensor, describeCall } from './describe'

/** A kind of argument: which values a function takes in one place. */
export interface Kind {
  /** What it takes, in words that follow "expected". */
  readonly expected: string
  accepts(value: unknown): boolean
  /** What to do instead, where that does not follow from `expected`. */
  readonly remedy?: string
  /** What to do with arguments that follow, where this is the last one and the names of its options do not say it. */
  readonly surplus?: string
  /** The code of the error; `argument` where absent. */
  readonly code?: string
  /** The error for what it does not accept, in a call with the arguments `given`; a ValueError where absent. */
  error?(operation: string, value: unknown, given: ArrayLike<unknown>): CotangentError
  /** The argument may be left out. */
  readonly isOptional?: boolean
  /** It stands for this and all further arguments. */
  readonly isRest?: boolean
  /** The named fields of options. */
  readonly fields?: Readonly<Record<string, Kind>>
  /** The kind of each element of an array. */
  readonly element?: Kind
}

/** An argument that may be left out. */
/* @__NO_SIDE_EFFECTS__ */
export function optional(kind: Kind): Kind {
  return { ...kind, isOptional: true }
}

/** The same kind with errors of its own. */
/* @__NO_SIDE_EFFECTS__ */
export function withError(kind: Kind, error: NonNullable<Kind['error']>): Kind {
  return { ...kind, error }
}

/** Any number of arguments of one kind, from here on. */
/* @__NO_SIDE_EFFECTS__ */
export function rest(kind: Kind): Kind {
  return { ...kind, isOptional: true, isRest: true }
}

/** Whether something can be options: a plain object, or an instance of a class with fields. A Date or a Map has none. */
function isOptions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value) || ArrayBuffer.isView(value) || looksLikeTensor(value)) return false
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype === null || Object.getPrototypeOf(prototype) === null || Object.keys(value).length > 0
}

/** An object of options. A field may be left out, unless `required` names it; the object too, where nothing is required. */
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

/**
 * Checks what a function was called with: the number of arguments, the kind of each, and the names of options. Every
 * public function does this once, at its door, so that a call written wrongly is an error and never another number.
 *
 * @throws ValueError, or the error of the kind, that names the function, what it expects and what it got.
 */
export function checkArguments(operation: string, parameters: readonly Kind[], given: ArrayLike<unknown>): void {
  if (given.length > parameters.length && !parameters.at(-1)?.isRest) throw tooMany(operation, parameters, given)
  for (let i = 0; i < parameters.length; i++) {
    const kind = parameters[i]
    const end = kind.isRest ? given.length : i + 1
    for (let at = i; at < end; at++) check(operation, given, kind, given[at], at)
  }
}

/** Checks one value that stands in some place, which the error names. */
export function checkValue(operation: string, kind: Kind, value: unknown, place: string): void {
  check(operation, [], kind, value, place)
}

/** Checks one value: that of the argument with a number, or what stands in a place that has a name. */
function check(operation: string, given: ArrayLike<unknown>, kind: Kind, value: unknown, place: number | string): void {
  if (value === undefined && kind.isOptional) return
  if (kind.element !== undefined && Array.isArray(value)) checkElements(operation, given, kind.element, value, place)
  else if (!kind.accepts(value)) throw wrongKind(operation, given, kind, value, place)
  if (kind.fields !== undefined) checkOptions(operation, given, kind.fields, value as Record<string, unknown>)
}

// By index, as a loop over the elements with forEach passes over holes.
function checkElements(
  operation: string,
  given: ArrayLike<unknown>,
  kind: Kind,
  list: readonly unknown[],
  place: number | string,
): void {
  const isPlain = kind.fields === undefined && kind.element === undefined
  for (let i = 0; i < list.length; i++)
    if (!isPlain || !kind.accepts(list[i])) check(operation, given, kind, list[i], `element ${i} of ${nameOf(place)}`)
}

function checkOptions(
  operation: string,
  given: ArrayLike<unknown>,
  fields: Readonly<Record<string, Kind>>,
  options: Readonly<Record<string, unknown>>,
): void {
  for (const name in options)
    if (!Object.hasOwn(fields, name)) throw unknownOption(operation, Object.keys(fields), name)
  for (const name in fields) {
    const value = options[name]
    if (value !== undefined || !fields[name].isOptional)
      check(operation, given, fields[name], value, `option '${name}'`)
  }
}

function nameOf(place: number | string): string {
  return typeof place === 'string' ? place : `argument ${place + 1}`
}

function wrongKind(
  operation: string,
  given: ArrayLike<unknown>,
  kind: Kind,
  value: unknown,
  place: number | string,
): CotangentError {
  rejectForeign(operation, value)
  if (kind.error !== undefined) return kind.error(operation, value, given)
  // A bare value that one of the options accepts was meant for that option.
  const meant = Object.entries(kind.fields ?? {}).find(([, field]) => field.accepts(value))?.[0]
  const where = kind.fields === undefined || typeof place === 'string' ? ` as ${nameOf(place)}` : ''
  const remedy =
    meant === undefined || typeof place === 'string'
      ? kind.remedy
      : `write ${describeCall(operation, [...Array.from(given).slice(0, place), { [meant]: value }], () => 'x')}`
  return new ValueError(
    kind.code ?? (value === undefined ? 'missing-argument' : 'argument'),
    `[${operation}] expected ${kind.expected}${where}, got ${describeGiven(value)}` +
      (remedy === undefined ? '' : `; ${remedy}`),
  )
}

function tooMany(operation: string, parameters: readonly Kind[], given: ArrayLike<unknown>): ValueError {
  const last = parameters.at(-1)
  const fields = Object.keys(last?.fields ?? {})
  const most = `at most ${parameters.length} argument${parameters.length === 1 ? '' : 's'}`
  return new ValueError(
    'arity',
    `[${operation}] takes ${parameters.length === 0 ? 'no arguments' : most}, got ${given.length}; ` +
      (last?.surplus ??
        (fields.length > 0
          ? `pass what follows by name, as { ${fields.join(', ')} }`
          : surplusAfter(operation, parameters.length, given))),
  )
}

/** What to do with arguments beyond the last one. */
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

// What other libraries call an option, by what it can be called here.
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

/** The option that was probably meant: a synonym, or at most a third of the letters away. */
function closest(name: string, known: readonly string[]): string | undefined {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '')
  const synonym = known.find((each) => synonyms[each]?.includes(plain))
  if (synonym !== undefined) return synonym
  const ranked = known.map((each) => ({ each, distance: distance(plain, each.toLowerCase()) }))
  ranked.sort((a, b) => a.distance - b.distance)
  return ranked.length > 0 && ranked[0].distance <= Math.ceil(plain.length / 3) ? ranked[0].each : undefined
}

/** Levenshtein's distance: insertions, deletions and substitutions from one word to the other. */
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
