// The same objects as those of `require('linkwa')`, so that `instanceof` works from both.
import linkwa from './index.js'

export default linkwa

export const {
  // <generated exports>
  CallbackGuard,
  Client,
  InternalError,
  InvalidCallback,
  InvalidConfig,
  InvalidRequest,
  LinkwaError,
  NotSent,
  OutcomeUnknown,
  Rejected,
  ResultCode,
  StatusTracker,
  build,
  careWindow,
  checkDestination,
  configure,
  currency,
  dateTime,
  describeResultCode,
  isGatewayAddress,
  newRefId,
  parseCallback,
  raw,
  request,
  send,
  sendAudio,
  sendContacts,
  sendDocument,
  sendImage,
  sendInteractive,
  sendLocation,
  sendMany,
  sendRaw,
  sendRequest,
  sendTemplate,
  sendText,
  sendVideo,
  setLogger,
  validate,
  version,
  // </generated>
} = linkwa
