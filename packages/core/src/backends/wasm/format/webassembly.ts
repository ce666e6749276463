/** The memory of a WebAssembly instance. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer
  /** Adds pages. @throws RangeError if there is not enough memory. */
  grow(pages: number): number
}

// The part of the WebAssembly API that is used here. TypeScript's library for the language alone does not declare it.
declare const WebAssembly: {
  Memory: new (descriptor: { initial: number; maximum: number }) => LinearMemory
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, () => void>> }
}

/** Bytes of a page, WebAssembly's unit of allocation. */
export const pageBytes = 65_536

/** Zero-filled memory of `pages` pages that can grow to `maximum`. @throws RangeError if there is not enough memory. */
export function newMemory(pages: number, maximum = pages): LinearMemory {
  return new WebAssembly.Memory({ initial: pages, maximum })
}

/** Compiles a module without running it. */
export function compileModule(bytes: Uint8Array<ArrayBuffer>): object {
  return new WebAssembly.Module(bytes)
}

/** Compiles a module that imports a memory and the function `host`. Returns its export `run`. */
export function load(
  bytes: Uint8Array<ArrayBuffer>,
  memory: LinearMemory,
  host: (position: number) => void,
): () => void {
  return new WebAssembly.Instance(compileModule(bytes), { env: { memory, host } }).exports.run
}

/** Compiles a module that imports a memory and calls no host. Returns all its exports. */
export function loadAll(
  bytes: Uint8Array<ArrayBuffer>,
  memory: LinearMemory,
): Readonly<Record<string, (...given: number[]) => void>> {
  return new WebAssembly.Instance(compileModule(bytes), { env: { memory, host: () => undefined } }).exports
}
