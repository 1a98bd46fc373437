export * from './types/outbox.js'
