/** Memory of a WebAssembly instance. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer
  /** Adds pages. @throws RangeError where there are none left. */
  grow(pages: number): number
}

// What is used of the WebAssembly interface, which the language's own library does not declare.
declare const WebAssembly: {
  Memory: new (descriptor: { initial: number; maximum: number }) => LinearMemory
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  Instance: new (module: object, imports: object) => { readonly exports: { readonly run: () => void } }
}

/** Bytes of a page, the unit in which memory is had. */
export const pageBytes = 65_536

/** Zero-filled memory of so many pages, which can grow to `maximum`. @throws RangeError where there is not enough. */
export function newMemory(pages: number, maximum = pages): LinearMemory {
  return new WebAssembly.Memory({ initial: pages, maximum })
}

/** Compiles a module that imports a memory and the function `host`, and returns what it exports as `run`. */
export function load(
  bytes: Uint8Array<ArrayBuffer>,
  memory: LinearMemory,
  host: (position: number) => void,
): () => void {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory, host } }).exports.run
}
