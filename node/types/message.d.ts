// Nothing is exported that does not say so.
export {}

/** What may be left out: `undefined` and `null` are as good as absent. */
type Optional<T> = T | null | undefined

/** A whole number, or the same as a string of digits (T-9). */
type Whole = number | string

/**
 * One message, of the type that its `type` says. Beside `type` stands the body of that name, and no other (M-1).
 *
 * Outside the 24 hours that follow the recipient's own last message only a {@link TemplateMessage} may be sent (W-1).
 *
 * @example
 * ```ts
 * import type { Message } from 'linkwa'
 *
 * const message: Message = { type: 'image', image: { link: 'https://example.com/a.png', caption: 'The new door' } }
 * ```
 */
// <generated messages>
export type Message =
  | TextMessage
  | ImageMessage
  | AudioMessage
  | VideoMessage
  | DocumentMessage
  | LocationMessage
  | ContactsMessage
  | TemplateMessage

/** A message of the type `text`. */
export interface TextMessage {
  readonly type: 'text'
  /**
   * Whether the recipient sees a preview of the URL in the body. Left out, the gateway shows none. `true` without a URL
   * in the body is a warning.
   */
  readonly previewUrl?: Optional<boolean>
  /** What it says. */
  readonly text: TextContent
}

/** What a text message says. */
export interface TextContent {
  /**
   * The text. Not empty. Over 4,096 Unicode code points is a warning, and so is a body of blanks only. A URL in it
   * starts with `http://` or `https://`.
   */
  readonly body: string
}

/** A message of the type `image`. */
export interface ImageMessage {
  readonly type: 'image'
  /** What is sent. */
  readonly image: ImageContent
}

/** A picture: JPEG or PNG. */
export interface ImageContent {
  /**
   * The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that ends
   * in another extension than `.jpeg`, `.jpg` or `.png` is a warning.
   */
  readonly link: string
  /** The text under the picture. Over 1,024 Unicode code points is a warning. Not allowed in a template's header. */
  readonly caption?: Optional<string>
}

/** A message of the type `audio`. */
export interface AudioMessage {
  readonly type: 'audio'
  /** What is sent. */
  readonly audio: AudioContent
}

/** A sound: AAC, MP4, AMR, MPEG, or Ogg with Opus inside. It has no caption. */
export interface AudioContent {
  /**
   * The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that ends
   * in another extension than `.aac`, `.mp4`, `.m4a`, `.amr`, `.mpeg`, `.mp3`, `.ogg` or `.opus` is a warning.
   */
  readonly link: string
}

/** A message of the type `video`. */
export interface VideoMessage {
  readonly type: 'video'
  /** What is sent. */
  readonly video: VideoContent
}

/** A video: MP4 or 3GPP. */
export interface VideoContent {
  /**
   * The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that ends
   * in another extension than `.mp4`, `.3gpp` or `.3gp` is a warning.
   */
  readonly link: string
  /** The text under the video. Over 1,024 Unicode code points is a warning. Not allowed in a template's header. */
  readonly caption?: Optional<string>
}

/** A message of the type `document`. */
export interface DocumentMessage {
  readonly type: 'document'
  /** What is sent. */
  readonly document: DocumentContent
}

/** A document of any MIME type. In a template's header it is a PDF; another extension is a warning there. */
export interface DocumentContent {
  /** The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. */
  readonly link: string
  /** The text under the document. Over 1,024 Unicode code points is a warning. Not allowed in a template's header. */
  readonly caption?: Optional<string>
  /** The file name that the recipient sees. */
  readonly filename?: Optional<string>
}

/** A message of the type `location`. */
export interface LocationMessage {
  readonly type: 'location'
  /** What is sent. */
  readonly location: LocationContent
}

/** A place on the map. */
export interface LocationContent {
  /** Degrees east of Greenwich, −180 to 180. */
  readonly longitude: number
  /** Degrees north of the equator, −90 to 90. */
  readonly latitude: number
  /** What the place is called. */
  readonly name?: Optional<string>
  /** Its address, shown under the name. Without a `name` it is not shown, which is a warning. */
  readonly address?: Optional<string>
}

/** A message of the type `contacts`. */
export interface ContactsMessage {
  readonly type: 'contacts'
  /** What is sent. */
  readonly contacts: readonly Contact[]
}

/** A contact card. Every part is optional, but a card with nothing in it is an error. */
export interface Contact {
  /** Postal addresses. */
  readonly addresses?: Optional<readonly ContactAddress[]>
  /** The day of birth, `YYYY-MM-DD`. Anything else is a warning. */
  readonly birthday?: Optional<string>
  /** E-mail addresses. */
  readonly emails?: Optional<readonly ContactEmail[]>
  /** The contact's name. */
  readonly name?: Optional<ContactName>
  /** Where the contact works. */
  readonly org?: Optional<ContactOrg>
  /** Phone numbers. */
  readonly phones?: Optional<readonly ContactPhone[]>
  /** Web addresses. */
  readonly urls?: Optional<readonly ContactUrl[]>
}

/** A postal address of a `Contact`. */
export interface ContactAddress {
  /** The city. */
  readonly city?: Optional<string>
  /** The country's name. */
  readonly country?: Optional<string>
  /** The country's ISO 3166 code of two letters. */
  readonly countryCode?: Optional<string>
  /** The state or region. */
  readonly state?: Optional<string>
  /** Street and number. */
  readonly street?: Optional<string>
  /** What kind of address it is, for example `HOME` or `WORK`. */
  readonly type?: Optional<string>
  /** The postal code. */
  readonly zip?: Optional<string>
}

/** An e-mail address of a `Contact`. */
export interface ContactEmail {
  /** The address. */
  readonly email?: Optional<string>
  /** What kind of address it is, for example `HOME` or `WORK`. */
  readonly type?: Optional<string>
}

/** The name of a `Contact`: as it is shown, and at least one of its parts. */
export interface ContactName {
  /** The given name. */
  readonly firstName?: Optional<string>
  /** The name as it is shown. */
  readonly formattedName: string
  /** The family name. */
  readonly lastName?: Optional<string>
  /** The middle name. */
  readonly middleName?: Optional<string>
  /** What follows the name, such as `Jr.` */
  readonly suffix?: Optional<string>
  /** What precedes the name, such as `Dr.` */
  readonly prefix?: Optional<string>
}

/** Where a `Contact` works. */
export interface ContactOrg {
  /** The company. */
  readonly company?: Optional<string>
  /** The department. */
  readonly department?: Optional<string>
  /** The person's title. */
  readonly title?: Optional<string>
}

/** A phone number of a `Contact`, written as people write it. */
export interface ContactPhone {
  /** The number: `+1 (650) 555-1234`. */
  readonly phone?: Optional<string>
  /** What kind of number it is, for example `HOME` or `WORK`. */
  readonly type?: Optional<string>
  /** The number's WhatsApp id, digits only. */
  readonly waId?: Optional<string>
}

/** A web address of a `Contact`. */
export interface ContactUrl {
  /** The address. */
  readonly url?: Optional<string>
  /** What kind of address it is, for example `HOME` or `WORK`. */
  readonly type?: Optional<string>
}

/** A message of the type `template`. */
export interface TemplateMessage {
  readonly type: 'template'
  /** What is sent. */
  readonly template: Template
}
// </generated>

/**
 * A text that was approved beforehand, with the parts filled in that vary. Name, namespace, language and the number of parameters
 * must be those of the approved template, which only the gateway can check.
 *
 * @example
 * ```ts
 * import type { Template } from 'linkwa'
 *
 * const order: Template = {
 *   name: 'order_update',
 *   namespace: 'namespace',
 *   language: { code: 'en' },
 *   components: [
 *     { type: 'header', parameters: [{ type: 'document', document: { link: 'https://example.com/17.pdf' } }] },
 *     { type: 'body', parameters: [{ type: 'text', text: 'Anna' }] },
 *     { type: 'button', subType: 'url', index: 0, parameters: [{ type: 'text', text: 'track/17' }] },
 *   ],
 * }
 * ```
 */
export interface Template {
  /** The template's name. */
  readonly name: string
  /** The namespace that it is in. */
  readonly namespace: string
  /** Its language. */
  readonly language: TemplateLanguage
  /**
   * Its parts that vary, in order: at most one header and one body, and the buttons (T-5). Left out there is a warning, and an
   * empty list is sent (T-1).
   */
  readonly components?: Optional<readonly TemplateComponent[]>
}

/** The language of a {@link Template}. */
export interface TemplateLanguage {
  /** One that is not among the 68 of the API's list is a warning, for WhatsApp adds languages (T-10). */
  readonly code: LanguageCode | (string & Record<never, never>)
}

// <generated languages>
/** The languages of the API's list. WhatsApp adds others. */
export type LanguageCode =
  | 'af'
  | 'ar'
  | 'az'
  | 'bg'
  | 'bn'
  | 'ca'
  | 'cs'
  | 'da'
  | 'de'
  | 'el'
  | 'en'
  | 'en_GB'
  | 'en_US'
  | 'es'
  | 'es_AR'
  | 'es_ES'
  | 'es_MX'
  | 'et'
  | 'fa'
  | 'fi'
  | 'fil'
  | 'fr'
  | 'ga'
  | 'gu'
  | 'ha'
  | 'he'
  | 'hi'
  | 'hr'
  | 'hu'
  | 'id'
  | 'it'
  | 'ja'
  | 'kk'
  | 'kn'
  | 'ko'
  | 'lo'
  | 'lt'
  | 'lv'
  | 'mk'
  | 'ml'
  | 'mr'
  | 'ms'
  | 'nb'
  | 'nl'
  | 'pa'
  | 'pl'
  | 'pt_BR'
  | 'pt_PT'
  | 'ro'
  | 'ru'
  | 'sk'
  | 'sl'
  | 'sq'
  | 'sr'
  | 'sv'
  | 'sw'
  | 'ta'
  | 'te'
  | 'th'
  | 'tr'
  | 'uk'
  | 'ur'
  | 'uz'
  | 'vi'
  | 'zh_CN'
  | 'zh_HK'
  | 'zh_TW'
  | 'zu'
// </generated>

/** A part of a {@link Template}: discriminated by `type`, buttons also by `subType`. */
export type TemplateComponent = HeaderComponent | BodyComponent | QuickReplyButton | UrlButton

/** The header of a template. */
export interface HeaderComponent {
  readonly type: 'header'
  /** Texts, and at most one medium; text beside a medium is a warning (T-2). */
  readonly parameters: readonly HeaderParameter[]
}

/** The body of a template. */
export interface BodyComponent {
  readonly type: 'body'
  /** Texts, amounts of money, and date-times, in order (T-3). */
  readonly parameters: readonly BodyParameter[]
}

/** A button that answers for the user. */
export interface QuickReplyButton {
  readonly type: 'button'
  readonly subType: 'quickReply'
  /** Its place among the buttons; the first is 0, and no two are alike (T-4). */
  readonly index: Whole
  /** At most one: what comes back in the received message when it is pressed. */
  readonly parameters: readonly [] | readonly [PayloadParameter]
}

/** A button that opens a URL. */
export interface UrlButton {
  readonly type: 'button'
  readonly subType: 'url'
  /** Its place among the buttons; the first is 0, and no two are alike (T-4). */
  readonly index: Whole
  /** At most one: what completes the URL of the approved template. */
  readonly parameters: readonly [] | readonly [TextParameter]
}

/** What a header takes (T-2). */
export type HeaderParameter = TextParameter | ImageParameter | VideoParameter | DocumentParameter

/** What a body takes (T-3). */
export type BodyParameter = TextParameter | CurrencyParameter | DateTimeParameter

/** A text, as a parameter. */
export interface TextParameter {
  readonly type: 'text'
  /** Not empty. */
  readonly text: string
}

/** What a quick reply button answers with. */
export interface PayloadParameter {
  readonly type: 'payload'
  /** Not empty. */
  readonly payload: string
}

/** A picture in a header. */
export interface ImageParameter {
  readonly type: 'image'
  /** Without a caption (T-6). */
  readonly image: HeaderMedia
}

/** A video in a header. */
export interface VideoParameter {
  readonly type: 'video'
  /** Without a caption (T-6). */
  readonly video: HeaderMedia
}

/** A document in a header. */
export interface DocumentParameter {
  readonly type: 'document'
  /** Without a caption (T-6). */
  readonly document: HeaderDocument
}

/** A picture or video in a header. */
export interface HeaderMedia {
  /** The absolute `http` or `https` URL to fetch it from; it must be reachable from the internet (M-2). */
  readonly link: string
  /** Not allowed here (T-6). */
  readonly caption?: Optional<never>
}

/** A document in a header. */
export interface HeaderDocument extends HeaderMedia {
  /** The file name that the recipient sees. */
  readonly filename?: Optional<string>
}

/** An amount of money, as a parameter. */
export interface CurrencyParameter {
  readonly type: 'currency'
  /** The amount. */
  readonly currency: Currency
}

/** An amount of money that the recipient sees in their own form (T-7). */
export interface Currency {
  /** What is shown where it cannot be formatted: `$100.99`. */
  readonly fallbackValue: string
  /** The ISO 4217 code, three capital letters: `USD`. */
  readonly code: string
  /** The amount **times 1000**, as an integer in a string: `100990`. */
  readonly amount1000: string
}

/** A date and time, as a parameter. */
export interface DateTimeParameter {
  readonly type: 'dateTime'
  /** The date and time. */
  readonly dateTime: DateTime
}

/** A date and time that the recipient sees in their own form: either its six parts or a moment (T-8). */
export type DateTime = DateTimeParts | DateTimeMoment

/** What a calendar and a clock on the wall show: all six parts. A day that does not exist, or is another weekday, is a warning. */
export interface DateTimeParts {
  /** What is shown where it cannot be formatted: `February 25, 1977 03:33PM`. */
  readonly fallbackValue: string
  /** Monday 1 to Sunday 7. */
  readonly dayOfWeek: Whole
  /** 1 to 31. */
  readonly dayOfMonth: Whole
  /** The year. */
  readonly year: Whole
  /** 1 to 12. */
  readonly month: Whole
  /** 0 to 23. */
  readonly hour: Whole
  /** 0 to 59. */
  readonly minute: Whole
  /** Not beside the parts. */
  readonly timestamp?: Optional<never>
}

/** A moment. */
export interface DateTimeMoment {
  /** What is shown where it cannot be formatted: `February 25, 1977 03:33PM`. */
  readonly fallbackValue: string
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timestamp: Whole
  /** Not beside a timestamp. */
  readonly dayOfWeek?: Optional<never>
  /** Not beside a timestamp. */
  readonly dayOfMonth?: Optional<never>
  /** Not beside a timestamp. */
  readonly year?: Optional<never>
  /** Not beside a timestamp. */
  readonly month?: Optional<never>
  /** Not beside a timestamp. */
  readonly hour?: Optional<never>
  /** Not beside a timestamp. */
  readonly minute?: Optional<never>
}

// <generated priority>
/** How urgent a message is. */
export type Priority = 'LOW' | 'NORMAL' | 'HIGH'
// </generated>

/** A whole request in wire form: who sends what to whom. Nothing is filled in that is missing. */
export interface MessageRequest {
  /** The account's platform; from LINK. */
  readonly platformId: string
  /** The account's partner id; from LINK. */
  readonly platformPartnerId: string
  /** The id of the service on the platform. */
  readonly platformServiceId?: Optional<string>
  /** The type of the service on the platform. */
  readonly platformServiceType?: Optional<string>
  /** The id of the transaction on the platform. */
  readonly platformTransactionId?: Optional<string>
  /** How urgent it is. */
  readonly priority: Priority
  /** How long the gateway may try, in whole milliseconds above 0, from now. An absolute time wins. */
  readonly relativeValidityTime?: Optional<number>
  /**
   * Until when the gateway may try: RFC 3339 with an offset, `2030-03-18T16:49:21Z`. One that is over is a warning. With neither
   * time the gateway tries for 48 hours.
   */
  readonly absoluteValidityTime?: Optional<string>
  /** The gates that event reports go to. One that stands there twice is a warning. */
  readonly eventReportGates?: Optional<readonly string[]>
  /** The caller's reference, which comes back in every event report; {@link newRefId} makes a unique one. Not empty. */
  readonly refId: string
  /** What comes back in every event report: names and texts. */
  readonly customParameters?: Optional<Readonly<Record<string, Optional<string>>>>
  /** The business number to send from: 3 to 15 digits, with or without `+`. */
  readonly source: string
  /** At least one number: 3 to 15 digits, with or without `+`. One that stands there twice is a warning. */
  readonly destinations: readonly string[]
  /** At least one message; each goes to each destination. */
  readonly messages: readonly Message[]
}

declare const rawMessage: unique symbol

/** A message that is sent as it is; {@link raw} makes it. */
export interface RawMessage {
  /** Its JSON text. */
  readonly json: string
  /** Only {@link raw} makes it. */
  readonly [rawMessage]: true
}

/**
 * A message that is sent as it is: the way round for a message type or field that is newer than version 1.4.1 of the API.
 *
 * Only that it is one JSON object, of at most 1 MiB and 64 levels, is checked when it is sent or built: else that fails with
 * `invalid_request`. What is in it nobody validates before the gateway does. The object is written as JSON at once; what happens to
 * it later changes nothing.
 *
 * @param message the object, or the text of one in JSON
 * @throws `TypeError` for anything else, and for what JSON does not have: a bigint, a cycle, `NaN`, an infinity.
 *
 * @example
 * ```ts
 * import { raw } from 'linkwa'
 *
 * const message = raw({ type: 'interactive', interactive: { type: 'list' } })
 * ```
 */
export declare function raw(message: object | string): RawMessage

/** One thing that validation found in a request. */
export interface Finding {
  /**
   * Where it is, in the words of the JSON that is sent: `messages[0].template.components[1].parameters[2].dateTime`. The whole
   * request is the empty path.
   */
  readonly path: string
  /** What kind of finding it is. Codes are stable; test on these. */
  readonly code: FindingCode
  /** A sentence for people. Its wording may change. It never repeats a value of the request, which may be a phone number. */
  readonly message: string
  /** `error`: the request is not sent. `warning`: it is sent, and the finding is on the result. */
  readonly severity: Severity
  /**
   * What to write instead: the nearest known name, the number without what does not belong to it, `en_GB`. Absent where nothing
   * can be suggested.
   */
  readonly suggestion?: string | undefined
}

/** How much a {@link Finding} weighs. A strict client takes warnings for errors. */
export type Severity = 'error' | 'warning'

/** The kinds of findings. */
export type FindingCode =
  /** An error: a needed field is absent; the path is the field's. */
  | 'required'
  /** An error: an empty string or list where something is needed, or a contact with nothing in it. */
  | 'empty'
  /** An error: a value of another JSON type than the field's. */
  | 'wrong_type'
  /** An error: no JSON, no object at the top, more than 64 levels deep, or over 1 MiB; the path is empty. */
  | 'invalid_json'
  /** An error: a key that stands twice in one object. */
  | 'duplicate_key'
  /** An error: a name that version 1.4.1 of the API does not have at that place. */
  | 'unknown_field'
  /**
   * An error: a message, component or parameter `type` that the API does not have. Nothing else of that object is
   * checked.
   */
  | 'unknown_type'
  /** An error: a `priority` or `subType` that the API does not have. */
  | 'unknown_value'
  /**
   * An error: a part that may not stand there: a caption in a template's media, a parameter that its component
   * does not take, a second medium in a header, a second parameter of a button, `subType` or `index` outside a
   * button, the body of another message type.
   */
  | 'not_allowed'
  /** An error: a number outside its bounds. */
  | 'out_of_range'
  /** An error: neither an MSISDN (3 to 15 digits, with or without `+`) nor a business-scoped user id. */
  | 'invalid_msisdn'
  /** An error: no absolute `http` or `https` URL with a host. */
  | 'invalid_url'
  /** An error: no RFC 3339 date-time with an offset, or a day or time that does not exist. */
  | 'invalid_date_time'
  /**
   * An error: an id, `refId` or gate with control characters, or with blanks around it; a currency code, `amount1000`,
   * `timestamp`, index or date part that is not written as it must be.
   */
  | 'invalid_format'
  /**
   * An error: some, none or too many of an either-or: the parts of a `dateTime`, a name with `formattedName`
   * alone.
   */
  | 'incomplete'
  /** An error: two buttons with one index; the path is the later index. */
  | 'duplicate_index'
  /** A warning: a destination or gate twice, a second header or body; the path is the later one. */
  | 'duplicate'
  /** A warning: a business-scoped user id as destination. */
  | 'not_msisdn'
  /** A warning: text and media in one header. */
  | 'mixed_header'
  /** A warning: a link whose path ends in an extension that the message type does not support. */
  | 'unsupported_media_type'
  /** A warning: a template language that is not among the 68 of the API's list. */
  | 'unsupported_language'
  /** A warning: `components` was absent in JSON input; an empty list is sent. */
  | 'missing_components'
  /** A warning: a text body over 4,096 Unicode code points, a caption over 1,024, or a quick-reply payload over 256. */
  | 'too_long'
  /** A warning: `previewUrl` is true and the body has no `http://` or `https://` URL. */
  | 'no_url_to_preview'
  /** A warning: a location's address without a name: it is not shown. */
  | 'address_without_name'
  /** A warning: an absolute validity time that is over. */
  | 'in_past'
  /** A warning: a `dateTime` whose day does not exist or falls on another weekday. */
  | 'impossible_date'
  /** A warning: a birthday that is no real `YYYY-MM-DD`. */
  | 'invalid_birthday'
  /** A warning: a template's text parameter with a newline, a tab, or more than four blanks in a row. */
  | 'unsupported_whitespace'
  /** A warning: a text body of blank or invisible characters only. */
  | 'blank'
  /** A warning: a number that begins with `00`. */
  | 'international_prefix'
  /** A warning: a link to this machine, or to a private or link-local address. */
  | 'unreachable_link'
  /** A warning: a `dateTime` whose timestamp is before the year 2000: seconds where milliseconds belong? */
  | 'suspicious_time'

/**
 * Checks a whole request in wire form, and returns everything that is wrong or doubtful, in the order of the input. Without a finding
 * of the severity `error` it would be sent.
 *
 * @param request a {@link MessageRequest} or any other object, or JSON as text or bytes, of at most 1 MiB and 64 levels. What is
 * no such JSON is the finding `invalid_json`. `NaN` and infinities are out of every range.
 * @throws `TypeError` for anything else, and for an object with a bigint or a cycle in it.
 *
 * @example
 * ```ts
 * import { validate } from 'linkwa'
 *
 * for (const { path, code, message } of validate({ destinations: ['+46 70 123'], prioritty: 'HIGH' })) {
 *   console.log(path, code, message)
 * }
 * ```
 */
export declare function validate(request: object | string | Uint8Array | ArrayBuffer): Finding[]

/**
 * A new reference, unique across processes and machines (a random UUID). Store it before sending, and a send whose outcome is unknown
 * can be reconciled even after a crash.
 */
export declare function newRefId(): string
