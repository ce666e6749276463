import { checkArguments, type DType, type Kind, kinds, type Tensor } from '@cotangent/core'
import { decode, type StoredElements } from './elements'
import { FileError, named, within } from './errors'
import { dtypeOf, type StoredType } from './stored-types'

/** What a file says of one tensor. */
export interface TensorInfo {
  readonly shape: readonly number[]
  /** The dtype that `tensor` reads it as; null if none holds its elements. */
  readonly dtype: DType | null
  /** How the file stores its elements, under the names of safetensors: `F32`, `BF16`, `I64`. */
  readonly stored: StoredType
}

/** A tensor of a file: its type, and how to read it. */
export interface Entry {
  readonly stored: StoredType
  readonly shape: readonly number[]
  read(): Promise<StoredElements>
}

/** The contents of a file, as the reader of a format finds them. */
export interface Contents {
  readonly entries: ReadonlyMap<string, Entry>
  readonly metadata: Readonly<Record<string, string>>
}

const nameAndOptions: readonly Kind[] = [
  { .../* @__PURE__ */ kinds.named('name', kinds.text), remedy: 'pass one of names' },
  /* @__PURE__ */ kinds.options({ dtype: kinds.aDType }),
]
const nameAlone = /* @__PURE__ */ nameAndOptions.slice(0, 1)

/** An open file of tensors. `open` makes one. It reads a tensor when it is asked for. */
export class TensorFile {
  /** The names of the tensors, in the order of the file. */
  readonly names: readonly string[]
  /** The file's own notes: text by name. */
  readonly metadata: Readonly<Record<string, string>>

  /** @internal Use `open`. */
  constructor(
    /** @internal What messages call the file. */
    readonly label: string,
    private readonly contents: Contents,
    private readonly end: () => Promise<void>,
  ) {
    this.names = [...contents.entries.keys()]
    this.metadata = contents.metadata
  }

  /** Shape and type of a tensor. @throws FileError if the file has none of that name. */
  info(name: string): TensorInfo {
    checkArguments('info', nameAlone, arguments)
    const { shape, stored } = this.#entry('info', name)
    return { shape, dtype: dtypeOf(stored), stored }
  }

  /**
   * Reads one tensor, and of the file only its bytes. Small integers become int32, and F16, BF16 and 8-bit floats
   * become float32. `dtype` asks for another dtype. Every element keeps its value.
   *
   * @throws FileError if the file has none of that name, if an element is not a value of the dtype, such as an I64
   * beyond int32, or if no dtype holds the elements.
   */
  async tensor(name: string, options: { readonly dtype?: DType } = {}): Promise<Tensor> {
    checkArguments('tensor', nameAndOptions, arguments)
    const entry = this.#entry('tensor', name)
    const label = this.label === '' ? `tensor '${name}'` : `${this.label}: tensor '${name}'`
    return named('tensor', () => within(label, async () => decode(await entry.read(), options.dtype)))
  }

  /** Closes the file. It cannot be read afterwards. */
  async close(): Promise<void> {
    checkArguments('close', [], arguments)
    await this.end()
  }

  /** @internal The tensor of a name, for `load`. */
  entry(name: string): Entry | undefined {
    return this.contents.entries.get(name)
  }

  #entry(operation: string, name: string): Entry {
    const entry = this.entry(name)
    if (entry !== undefined) return entry
    const few = this.names.length > 20 ? `${this.names.slice(0, 20).join(', ')}, ...` : this.names.join(', ')
    throw new FileError(
      'no-such-tensor',
      `[${operation}] expected one of ${few || 'no names'}, got '${name}'; see names`,
    )
  }
}
