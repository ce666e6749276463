import { observe, type Observer, observing } from './observer'
import { checkArguments } from '../arguments/arguments'
import { transformed } from '../arguments/kinds'

/**
 * The same function with its regions inlined: compiled functions and checkpoints inside it apply their ops one by one.
 * The graph of `trace(inlined(f), ...args)` shows these ops where that of `f` shows a region. The results are those of
 * `f`, except that cotangents may be summed in another order.
 */
export function inlined<Args extends readonly unknown[], R>(f: (...args: Args) => R): (...args: Args) => R {
  checkArguments('inlined', parameters, arguments)
  return (...args) => observe(observing() ?? blind, () => f(...args))
}

const parameters = [/* @__PURE__ */ transformed('inlined')]

/** An observer that does nothing. Regions are inlined under any observer, as they would hide their ops from it. */
const blind: Observer = {
  applied: () => {},
  differentiated: () => {},
}
