import { observe, type Observer, observing } from './observer'
import { checkArguments } from '../arguments/arguments'
import { transformed } from '../arguments/kinds'

/**
 * The same function, in which compiled functions and checkpoints apply their ops one by one, where a graph would show a region:
 * `trace(inlined(f), ...args)` is the graph of what is inside as well. It computes what `f` does, save that a sum of cotangents
 * may have another order.
 */
export function inlined<Args extends readonly unknown[], R>(f: (...args: Args) => R): (...args: Args) => R {
  checkArguments('inlined', parameters, arguments)
  return (...args) => observe(observing() ?? blind, () => f(...args))
}

const parameters = [/* @__PURE__ */ transformed('inlined')]

/** Regions hide from observers what is inside, and step aside for any. */
const blind: Observer = {
  applied: () => {},
  differentiated: () => {},
}
