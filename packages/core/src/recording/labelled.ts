import { checkArguments } from '../arguments/arguments'
import { aFunction, anything } from '../arguments/kinds'
import { withLabel } from '../values/call-site'

const parameters = [anything, aFunction]

/**
 * The result of `f()`. In graphs, what it applies has the label, a name or any other value: `node.site.labels` lists
 * the labels around an application, outermost first. Applications of derivative rules have the labels of those that
 * they differentiate, and batched ones those of their example. `jax.named_scope` does the same.
 *
 * @throws whatever `f` throws; ValueError unless it is a function.
 */
export function labelled<T>(label: unknown, f: () => T): T {
  checkArguments('labelled', parameters, arguments)
  return withLabel(label, f)
}
