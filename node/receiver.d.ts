export * from './types/receiver.js'
