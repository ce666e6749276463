import { checkArguments, type Kind, kinds, type Path } from '@cotangent/core'
import type { Naming, StoredAs } from './names'

/** A row of the table of names: what PyTorch calls the parts of a layer. */
export interface PytorchLayer {
  /** The class of the layer. */
  readonly layer: abstract new (...args: any[]) => object
  /**
   * For each property of the layer, its name in PyTorch. A `StoredAs` also gives the order of axes. An empty name
   * leaves the step out: the layers of a sequence are numbered directly below it. A property that is not listed
   * keeps its name. A function names all tensors below the property, by the rest of their paths.
   */
  readonly names: Readonly<Record<string, string | StoredAs | ((rest: Path) => string | StoredAs)>>
}

const aRow: Kind = {
  expected: 'a row { layer, names } with a class and the names of its properties',
  accepts: (value) => {
    const { layer, names } = (value ?? {}) as Partial<PytorchLayer>
    return typeof layer === 'function' && typeof names === 'object' && (names as object | null) !== null
  },
  remedy: 'pass a table such as pytorchLayers of @cotangent/nn',
}

const parameters = [
  { .../* @__PURE__ */ kinds.listOf(aRow), remedy: 'pass a table such as pytorchLayers of @cotangent/nn' },
  /* @__PURE__ */ kinds.options({ prefix: kinds.text }),
]

/**
 * Names tensors as PyTorch's `state_dict` does: `0.weight` in an `nn.Sequential`, `encoder.layers.0.bias` in a
 * module. The first row of `table` whose class fits an object names its properties; other steps keep their names.
 * `prefix` stands before every name, such as `model.`.
 *
 * Pass the result as option `names` of `load` or `save`.
 */
export function pytorchNames(table: readonly PytorchLayer[], options: { readonly prefix?: string } = {}): Naming {
  checkArguments('pytorchNames', parameters, arguments)
  const { prefix = '' } = options
  return (path, owners) => {
    let last: StoredAs = { name: '' }
    const steps: string[] = []
    for (let i = 0; i < path.length; i++) {
      const row = table.find(({ layer }) => owners[i] instanceof layer)
      const entry = row !== undefined && Object.hasOwn(row.names, path[i]) ? row.names[path[i]] : String(path[i])
      const stored = typeof entry === 'function' ? entry(path.slice(i + 1)) : entry
      last = typeof stored === 'string' ? { name: stored } : stored
      steps.push(last.name)
      if (typeof entry === 'function') break
    }
    return { ...last, name: prefix + steps.filter((step) => step !== '').join('.') }
  }
}
