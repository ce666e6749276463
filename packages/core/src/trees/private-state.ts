import { ValueError } from '../errors'
import { isOpaque } from './opaque'
import { formatPath, type Path } from './places'
import { Tensor } from '../values/tensor'
import { type Token, tokensOf } from './tokens'
import { isTreeNode } from './tree-node'

/** The functions that compilers emit for private members in weak maps. Their first argument is the instance. */
const helpers = /^_*(?:private(?:Add|Get|Set|Method|In|Wrapper)|classPrivate\w+|accessPrivate\w+)$/

const known = new WeakMap<object, boolean>()

/**
 * The name of the class that gives an instance private state: fields, methods or accessors with a `#`, or the
 * internal slots of a built-in. null if there is none.
 *
 * A private member is invisible from outside, and a copy made from the prototype lacks it. The language has no query
 * for it, so this function reads the source text of the class.
 */
export function privateClassOf(value: object): string | null {
  for (
    let prototype = Object.getPrototypeOf(value) as object | null;
    prototype !== null;
    prototype = Object.getPrototypeOf(prototype) as object | null
  ) {
    const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
    if (typeof constructor !== 'function') continue
    let found = known.get(constructor)
    if (found === undefined) known.set(constructor, (found = declaresPrivate(constructor)))
    // The message names the class of the instance, even if a base class declares the private members.
    if (found)
      return (value.constructor as { name?: string } | undefined)?.name || constructor.name || 'class without a name'
  }
  return null
}

/** Throws if a copy of an instance, made from its prototype, would lack private state. */
export function rejectPrivateState(operation: string, value: object, path: () => Path): void {
  const name = privateClassOf(value)
  if (name !== null)
    throw new ValueError(
      'private-state',
      `[${operation}] ${formatPath(path())} is a ${name} with private fields, which a copy made from its prototype would lack; ` +
        'implement [tree]: { flatten, unflatten } on the class, or use plain properties',
    )
}

/** Throws if a tree holds no tensors but an instance with private state, whose tensors would be invisible. */
export function rejectNothingButPrivate(operation: string, root: unknown): void {
  const name = privateClassIn(root)
  if (name !== null)
    throw new ValueError(
      'private-state',
      `[${operation}] expected tensors, got none except those that a ${name} may hold in private fields, which transforms cannot see; ` +
        'implement [tree]: { flatten, unflatten } on the class, or use plain properties',
    )
}

/** The first class with private state among the objects of a tree. */
export function privateClassIn(root: unknown): string | null {
  const seen = new Set([root])
  for (const value of seen) {
    if (typeof value !== 'object' || value === null || value instanceof Tensor || isOpaque(value)) continue
    if (isTreeNode(value)) continue
    const name = privateClassOf(value)
    if (name !== null) return name
    for (const key of Object.keys(value)) seen.add(Object.getOwnPropertyDescriptor(value, key)!.value)
  }
  return null
}

/** Whether the source text of a function uses `this`; with `property`, whether it uses that property of `this`. */
export function usesThis(f: object, property?: string): boolean {
  const tokens = tokensOf(Function.prototype.toString.call(f))
  return tokens.some(({ text }, i) => text === 'this' && (property === undefined || tokens[i + 2]?.text === property))
}

/** Whether a class gives its instances state that is not a property. */
function declaresPrivate(constructor: object): boolean {
  const source = Function.prototype.toString.call(constructor)
  // Objects and arrays are copied without their constructor. Those of another realm can only be recognized by name.
  if (/\{\s*\[native code\]\s*\}$/.test(source)) return !/^function (?:Object|Array|Iterator)?\(/.test(source)
  if (!source.includes('#') && !/accessor|private/i.test(source)) return false
  const tokens = tokensOf(source)
  return hasPrivateMember(tokens) || hasHelperCalls(tokens)
}

/**
 * Whether a class declares a private instance member. Directly in the class body, a private name is a declaration if
 * it follows no dot and precedes no `in`.
 */
function hasPrivateMember(tokens: readonly Token[]): boolean {
  let depth = 0
  let found = false
  tokens.forEach(({ text, startsLine }, i) => {
    // Braces before the class body, as in `class A extends mixin({}) {`, do not count.
    if (depth === 0 && text === '{') found = false
    if ('([{'.includes(text) && text !== '') depth++
    else if (')]}'.includes(text) && text !== '') depth--
    else if (depth === 1) {
      const [before, next] = [tokens[i - 1].text, tokens[i + 1]]
      if (text.startsWith('#')) found ||= before !== '.' && next.text !== 'in' && !isStatic(tokens, i)
      if (text === 'accessor' && (startsLine || /^(?:[{};]|static)$/.test(before)))
        found ||= !next.startsLine && /^(?:[#\p{ID_Start}$_\\].*|\[|)$/u.test(next.text) && before !== 'static'
    }
  })
  return found
}

function isStatic(tokens: readonly Token[], member: number): boolean {
  let at = member - 1
  while (/^(?:get|set|async|accessor|\*)$/.test(tokens[at].text)) at--
  return tokens[at].text === 'static'
}

function hasHelperCalls(tokens: readonly Token[]): boolean {
  return tokens.some(
    ({ text }, i) => helpers.test(text) && tokens[i + 1]?.text === '(' && tokens[i + 2]?.text === 'this',
  )
}
