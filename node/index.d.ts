export * from './types/callback.js'
export * from './types/client.js'
export * from './types/message.js'

/** The version of this package. */
export declare const version: string
