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
  Instance: new (module: object, imports: object) => { readonly exports: { readonly run: () => void } }
}

declare const console: { warn(message: string): void }

let available: boolean | undefined

/** Whether WebAssembly can be compiled here. If it cannot, one warning says why. */
export function isAvailable(): boolean {
  available ??= probe()
  return available
}

function probe(): boolean {
  try {
    // The smallest module: the magic number, and version 1.
    void new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
    return true
  } catch (error) {
    const isMissing = typeof WebAssembly === 'undefined'
    console.warn(
      `[cotangent] WebAssembly ${isMissing ? 'is missing' : 'may not be compiled'} here, so everything runs on the interpreter: ` +
        'the results are the same to the bit, and large tensors take much longer' +
        (isMissing
          ? ''
          : `. A content-security policy needs script-src 'wasm-unsafe-eval' (${(error as Error).message})`),
    )
    return false
  }
}

/** Bytes of a page, WebAssembly's unit of allocation. */
export const pageBytes = 65_536

/** Zero-filled memory of `pages` pages that can grow to `maximum`. @throws RangeError if there is not enough memory. */
export function newMemory(pages: number, maximum = pages): LinearMemory {
  return new WebAssembly.Memory({ initial: pages, maximum })
}

/** Compiles a module that imports a memory and the function `host`. Returns its export `run`. */
export function load(
  bytes: Uint8Array<ArrayBuffer>,
  memory: LinearMemory,
  host: (position: number) => void,
): () => void {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory, host } }).exports.run
}
