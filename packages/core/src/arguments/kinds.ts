import type { CotangentError } from '../errors'
import { type Kind, named, optional, options, rest } from './arguments'
import { isClass } from './describe'
import { checkDType, dtypes } from '../values/dtype'
import { checkShape } from '../values/shape'
import { Tensor } from '../values/tensor'

/** True or false. */
export const flag: Kind = { expected: 'true or false', accepts: (value) => typeof value === 'boolean' }

/** Any number, NaN and the infinities included. */
export const anyNumber: Kind = { expected: 'a number', accepts: (value) => typeof value === 'number' }

/** A finite number. */
export const finiteNumber: Kind = { expected: 'a finite number', accepts: Number.isFinite }

/** A finite number from `min` to `max`, both included. */
/* @__NO_SIDE_EFFECTS__ */
export function numberFrom(min: number, max: number): Kind {
  return {
    expected: `a number from ${min} to ${max}`,
    accepts: (value) => typeof value === 'number' && value >= min && value <= max,
  }
}

/** A finite number above 0. */
export const positiveNumber: Kind = {
  expected: 'a positive finite number',
  accepts: (value) => Number.isFinite(value) && (value as number) > 0,
}

/** A finite number that is not negative. */
export const nonNegativeNumber: Kind = {
  expected: 'a non-negative finite number',
  accepts: (value) => Number.isFinite(value) && (value as number) >= 0,
}

/** An integer from `min` to `max`, both included. */
/* @__NO_SIDE_EFFECTS__ */
export function integerFrom(min: number, max: number = Infinity): Kind {
  return {
    expected: max === Infinity ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`,
    accepts: (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  }
}

/** A number of steps or elements. It fits into int32. */
export const aCount: Kind = /* @__PURE__ */ integerFrom(0, 2_147_483_647)

/** One axis. The op itself checks whether the tensor has it. */
export const axis: Kind = { expected: 'an axis (an integer)', accepts: Number.isInteger }

/** One axis, or a list of axes. */
export const axes: Kind = {
  expected: 'an axis (an integer) or an array of axes',
  accepts: (value) => Number.isInteger(value) || isListOf(value, Number.isInteger),
}

/** A string. */
export const text: Kind = { expected: 'a string', accepts: (value) => typeof value === 'string' }

/** One of several names. */
/* @__NO_SIDE_EFFECTS__ */
export function oneOf(...names: readonly string[]): Kind {
  return {
    expected: names.map((name) => `'${name}'`).join(' or '),
    accepts: (value) => names.includes(value as string),
  }
}

/** A name. */
export const aName: Kind = {
  expected: 'a name (a non-empty string)',
  accepts: (value) => typeof value === 'string' && value !== '',
}

/** A function that is not a class. */
export const aFunction: Kind = {
  expected: 'a function',
  accepts: (value) => typeof value === 'function' && !isClass(value),
  remedy: 'pass the function itself, not its result',
  code: 'not-a-function',
}

/** The only argument of a transform, a function. Its arguments go to the function that the transform returns. */
/* @__NO_SIDE_EFFECTS__ */
export function transformed(transform: string): Kind {
  return { ...aFunction, surplus: passLater(transform) }
}

/** The options of a transform. The function's arguments go to the function that the transform returns. */
/* @__NO_SIDE_EFFECTS__ */
export function transformOptions(transform: string, fields: Readonly<Record<string, Kind>>): Kind {
  return { ...options(fields), remedy: passLater(transform), surplus: passLater(transform) }
}

function passLater(transform: string): string {
  return `pass the arguments to the function that it returns: ${transform}(f)(x)`
}

/** Any value except undefined. */
export const anything: Kind = { expected: 'a value', accepts: (value) => value !== undefined }

/** A tensor, where a number is not accepted. */
export const aTensor: Kind = {
  expected: 'a tensor',
  accepts: (value) => value instanceof Tensor,
  remedy: 'make a tensor with tensor(...)',
}

/** A key of the random generator. */
export const aKey: Kind = {
  name: 'key',
  expected: 'a random key',
  accepts: (value) => value instanceof Tensor && value.dtype === 'int32' && value.rank === 1 && value.size === 2,
  remedy: 'make one with key(seed), or several with splitKey(key(seed))',
}

/** A floating-point dtype. */
export const aFloatDType: Kind = /* @__PURE__ */ oneOf('float32', 'float64')

/** A list whose elements are of one kind. */
/* @__NO_SIDE_EFFECTS__ */
export function listOf(kind: Kind): Kind {
  return {
    expected: `an array, each element ${kind.expected}`,
    accepts: (value) => isListOf(value, kind.accepts),
    element: kind,
  }
}

/** A value of any of several kinds. */
/* @__NO_SIDE_EFFECTS__ */
export function either(...kinds: readonly Kind[]): Kind {
  return {
    expected: kinds.map((kind) => kind.expected).join(', or '),
    accepts: (value) => kinds.some((kind) => kind.accepts(value)),
  }
}

/** A shape. `checkShape` checks it and words the error. */
export const aShape: Kind = checkedBy('a shape', checkShape)

/** A list of sizes in which -1 stands for a size to infer. */
export const aListOfSizes: Kind = {
  expected: 'an array of sizes',
  accepts: (value) => isListOf(value, (size) => Number.isInteger(size) && (size as number) >= -1),
}

/** A dtype. */
export const aDType: Kind = checkedBy(`one of ${dtypes.join(', ')}`, checkDType)

function checkedBy(expected: string, check: (operation: string, value: unknown) => void): Kind {
  const errorOf = (operation: string, value: unknown): CotangentError | null => {
    try {
      check(operation, value)
      return null
    } catch (error) {
      return error as CotangentError
    }
  }
  return {
    expected,
    accepts: (value) => errorOf('', value) === null,
    error: (operation, value, _, remedy) => {
      const error = errorOf(operation, value)!
      if (remedy !== undefined) error.message = `${error.message.replace(/; (?:write|use) .*$/, '')}; ${remedy}`
      return error
    },
  }
}

// Indexed, because `every` skips holes.
function isListOf(value: unknown, accepts: (each: unknown) => boolean): boolean {
  if (!Array.isArray(value)) return false
  for (let i = 0; i < value.length; i++) if (!accepts(value[i])) return false
  return true
}

const all = {
  aDType,
  aFloatDType,
  aFunction,
  aKey,
  aShape,
  aTensor,
  anyNumber,
  anything,
  axes,
  axis,
  either,
  finiteNumber,
  flag,
  integerFrom,
  listOf,
  named,
  nonNegativeNumber,
  numberFrom,
  oneOf,
  optional,
  options,
  positiveNumber,
  rest,
  text,
}

/** The type of `kinds`. */
export interface Kinds extends Readonly<typeof all> {}

/** The kinds by name, for packages that check their own arguments with `checkArguments`. */
export const kinds: Kinds = all
