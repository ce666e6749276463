import { checkArguments as checkAll, checkValue as checkOne, type Kind, restated } from './arguments'
import { checked as checkedFunction, runAs as runNamed } from './checked'
import { aFunction, aTensor, text } from './kinds'
import { checkNothingBeyond as nothingBeyond, checkSameStructure as sameStructure } from '../trees/same-structure'
import { readable as readableOf, type Tensor } from '../values/tensor'
import type { TypedArray } from '../values/dtype'

// The library calls the unchecked functions in the other files. The functions here also check their own arguments,
// for other packages.

const aKind: Kind = {
  expected: 'a kind of argument (an object with expected and accepts)',
  accepts: (value) => typeof (value as Kind | null | undefined)?.accepts === 'function',
  remedy: 'use one of kinds, such as kinds.aTensor',
}
const listOfKinds = /* @__PURE__ */ restated(aKind, {
  expected: 'an array of kinds of arguments',
  accepts: (value) => Array.isArray(value) && value.every(aKind.accepts),
})
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
 * Checks the arguments of a call: their number, the kind of each, and the names of options.
 *
 * @throws ValueError, or the error that the kind defines. It names the function, what it expects and what it got.
 */
export function checkArguments(operation: string, parameters: readonly Kind[], given: ArrayLike<unknown>): void {
  checkAll('checkArguments', ofAll, arguments)
  checkAll(operation, parameters, given)
}

/** Checks one value; the error names its place. */
export function checkValue(operation: string, kind: Kind, value: unknown, place: string): void {
  checkAll('checkValue', ofOne, arguments)
  checkOne(operation, kind, value, place)
}

/**
 * Runs `f(...args)` as a call of `operation`: errors from inside name it and show the call. Inside another running
 * call, errors name that call instead. Use it only for functions that call no user function, because the errors of
 * user functions must stay unchanged.
 */
export function runAs<T>(operation: string, f: (...args: any) => T, args: readonly unknown[]): T {
  checkAll('runAs', [text, aFunction, argumentList], arguments)
  return runNamed(operation, f, args)
}

/**
 * Types a function and wraps it with checks: each call checks its arguments, and its errors name the function, as
 * with `runAs`.
 */
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
 * A cheap form of `checkSameStructure`, for trees whose leaves are looked up by the paths of the first tree anyway.
 * It compares only the number of places with tensors, without flattening the trees.
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

/** The elements of a tensor if they can be read now; null in a trace and inside a derivative rule. */
export function readable(x: Tensor): Readonly<TypedArray> | null {
  checkAll('readable', ofTensor, arguments)
  return readableOf(x)
}
