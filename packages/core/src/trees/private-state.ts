import { ValueError } from '../errors'
import { isOpaque } from './opaque'
import { formatPath, type Path } from './places'
import { Tensor } from '../values/tensor'
import { type Token, tokensOf } from './tokens'
import { isTreeNode } from './tree-node'

/** What compilers call where they turn private members into weak maps; the first argument is the instance. */
const helpers = /^_*(?:private(?:Add|Get|Set|Method|In|Wrapper)|classPrivate\w+|accessPrivate\w+)$/

const known = new WeakMap<object, boolean>()

/**
 * The class by which an instance has private state: fields, methods or accessors with a `#`, or the slots of a built-in. null
 * where it has none.
 *
 * A private member is invisible from outside, and a copy made by prototype lacks it. The language has no question for it, so the
 * text of the class is read.
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
    // A class is named as the user made it, whichever of those it extends has the private members.
    if (found)
      return (value.constructor as { name?: string } | undefined)?.name || constructor.name || 'class without a name'
  }
  return null
}

/** Throws where a copy of an instance, made by prototype, would lack a part of it. */
export function rejectPrivateState(value: object, path: () => Path): void {
  const name = privateClassOf(value)
  if (name !== null)
    throw new ValueError(
      'private-state',
      `[tree] ${formatPath(path())} is a ${name} with private fields, which a copy made by prototype would lack; ` +
        'implement [tree]: { flatten, unflatten } on the class, or use plain properties',
    )
}

/**
 * Throws where an instance with private state is all that a tree holds: it may hold tensors, and nobody would see them.
 */
export function rejectNothingButPrivate(root: unknown): void {
  const name = privateClassIn(root)
  if (name !== null)
    throw new ValueError(
      'private-state',
      `[tree] expected tensors, got none but what a ${name} may hold in its private fields, which transforms cannot see; ` +
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

/** Whether the text of a function uses `this`, under a name if one is given. */
export function usesThis(f: object, property?: string): boolean {
  const tokens = tokensOf(Function.prototype.toString.call(f))
  return tokens.some(({ text }, i) => text === 'this' && (property === undefined || tokens[i + 2]?.text === property))
}

/** Whether the instances of a class have something that is no property of theirs. */
function declaresPrivate(constructor: object): boolean {
  const source = Function.prototype.toString.call(constructor)
  // Objects and arrays are copied as such; those of another realm too, which other than by name cannot be told.
  if (/\{\s*\[native code\]\s*\}$/.test(source)) return !/^function (?:Object|Array|Iterator)?\(/.test(source)
  if (!source.includes('#') && !/accessor|private/i.test(source)) return false
  const tokens = tokensOf(source)
  return hasPrivateMember(tokens) || hasHelperCalls(tokens)
}

/**
 * Whether a class declares a private member of its instances. In its body, outside of all other brackets, a private name that
 * follows no dot and precedes no `in` is a declaration.
 */
function hasPrivateMember(tokens: readonly Token[]): boolean {
  let depth = 0
  let found = false
  tokens.forEach(({ text, startsLine }, i) => {
    // What is in braces before the body, as in `class A extends mixin({}) {`, is not in it.
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
