import { checkArguments as checkAll, checkValue as checkOne, type Kind } from './arguments'
import { checked as checkedFunction, runAs as runNamed } from './checked'
import { aFunction, aTensor, text } from './kinds'
import { checkNothingBeyond as nothingBeyond, checkSameStructure as sameStructure } from '../trees/same-structure'
import { readable as readableOf, type Tensor } from '../values/tensor'
import type { TypedArray } from '../values/dtype'

// What every function of the library calls at its door has none of its own: these are the doors for other packages.

const aKind: Kind = {
  expected: 'a kind of argument (an object with expected and accepts)',
  accepts: (value) => typeof (value as Kind | null | undefined)?.accepts === 'function',
  remedy: 'take one of kinds, such as kinds.aTensor',
}
const listOfKinds: Kind = {
  ...aKind,
  expected: 'an array of kinds of arguments',
  accepts: (value) => Array.isArray(value) && value.every(aKind.accepts),
}
const argumentList: Kind = {
  expected: 'the arguments of a call',
  accepts: (value) => Number.isInteger((value as ArrayLike<unknown> | null | undefined)?.length),
  remedy: 'pass the arguments object of the function, or its rest parameter',
}
const anyValue: Kind = { expected: 'a value', accepts: () => true, isOptional: true }
const [ofAll, ofOne] = [
  [text, listOfKinds, argumentList],
  [text, aKind, anyValue, text],
]

/**
 * Checks what a function was called with: the number of arguments, the kind of each, and the names of options.
 *
 * @throws ValueError, or the error of the kind, that names the function, what it expects and what it got.
 */
export function checkArguments(operation: string, parameters: readonly Kind[], given: ArrayLike<unknown>): void {
  checkAll('checkArguments', ofAll, arguments)
  checkAll(operation, parameters, given)
}

/** Checks one value that stands in some place, which the error names. */
export function checkValue(operation: string, kind: Kind, value: unknown, place: string): void {
  checkAll('checkValue', ofOne, arguments)
  checkOne(operation, kind, value, place)
}

/**
 * Runs `f(...args)` as a call of `operation`: errors of what it is made of name that, and show the call. Where another call is
 * running already, they name that one. For functions that call none of the user's, whose errors are to stay as they are.
 */
export function runAs<T>(operation: string, f: (...args: any) => T, args: readonly unknown[]): T {
  checkAll('runAs', [text, aFunction, argumentList], arguments)
  return runNamed(operation, f, args)
}

/** Types a function and puts it behind a door: its arguments are checked at each call, and its errors bear its name, as with `runAs`. */
/* @__NO_SIDE_EFFECTS__ */
export function checked<Signature>(
  operation: string,
  parameters: readonly Kind[],
  f: (...args: any) => unknown,
): Signature {
  checkAll('checked', [text, listOfKinds, aFunction], arguments)
  return checkedFunction<Signature>(operation, parameters, f)
}

const aNamedTree: Kind = {
  expected: 'a pair [name, tree]',
  accepts: (value) => Array.isArray(value) && value.length === 2 && typeof value[0] === 'string',
  remedy: "pass ['the model', model]",
}
const ofTrees = [text, aNamedTree, aNamedTree]

/**
 * Checks that two trees have tensors in the same places.
 *
 * @throws ValueError for the first place where only one of them has a tensor.
 */
export function checkSameStructure(
  operation: string,
  expected: readonly [what: string, tree: unknown],
  given: readonly [other: string, tree: unknown],
): void {
  checkAll('checkSameStructure', ofTrees, arguments)
  sameStructure(operation, expected, given)
}

/**
 * `checkSameStructure` for trees whose leaves are looked up from the first one anyway: only whether there are as many. It costs a
 * fraction of taking the trees apart.
 */
export function checkNothingBeyond(
  operation: string,
  expected: readonly [what: string, tree: unknown],
  given: readonly [other: string, tree: unknown],
): void {
  checkAll('checkNothingBeyond', ofTrees, arguments)
  nothingBeyond(operation, expected, given)
}

const ofTensor = [aTensor]

/** The elements of a tensor, where they can be read now; null in a trace and inside a derivative rule. */
export function readable(x: Tensor): Readonly<TypedArray> | null {
  checkAll('readable', ofTensor, arguments)
  return readableOf(x)
}
