<?php
/*
 * The first message from PHP: sends a text and reports the outcome.
 *
 *     php first_message.php [NUMBER [TEXT]]
 *
 * It needs the extension FFI, which the command line has. The environment selects the gateway and the account: LINKWA_REGION or
 * LINKWA_BASE_URL, LINKWA_USERNAME, LINKWA_PASSWORD, LINKWA_PLATFORM_ID, LINKWA_PLATFORM_PARTNER_ID, LINKWA_SOURCE.
 */
declare(strict_types=1);

// From linkwa.h, which says what they do: copy the declarations that you need.
$linkwa = FFI::cdef('
    typedef struct linkwa_client linkwa_client;
    typedef struct linkwa_error linkwa_error;
    typedef struct linkwa_options linkwa_options;
    typedef struct linkwa_result linkwa_result;
    int linkwa_client_from_env(linkwa_client **client, linkwa_error **err);
    void linkwa_client_free(linkwa_client *client);
    int linkwa_send_text(const linkwa_client *client, const char *to, const char *text, const linkwa_options *options,
                         linkwa_result **result, linkwa_error **err);
    const char *linkwa_result_ref_id(const linkwa_result *result);
    size_t linkwa_result_message_ids_len(const linkwa_result *result);
    const char *linkwa_result_message_id(const linkwa_result *result, size_t index);
    void linkwa_result_free(linkwa_result *result);
    int linkwa_error_code(const linkwa_error *error);
    int linkwa_error_outcome(const linkwa_error *error);
    const char *linkwa_error_message(const linkwa_error *error);
    const char *linkwa_error_ref_id(const linkwa_error *error);
    void linkwa_error_free(linkwa_error *error);
', 'liblinkwa.so.1');

const LINKWA_OK = 0;
const LINKWA_NOT_SENT = 5;
const LINKWA_MESSAGE_NOT_SENT = 2;
const LINKWA_MESSAGE_UNKNOWN = 3;

// What the person who runs the program does next.
const ACCEPTED = 0;
const FIX = 1;
const RECONCILE = 2;
const RUN_AGAIN = 3;

function explain(FFI $linkwa, FFI\CData $error): int
{
    fwrite(STDERR, $linkwa->linkwa_error_message($error) . "\n");
    $outcome = $linkwa->linkwa_error_outcome($error);
    if ($outcome === LINKWA_MESSAGE_UNKNOWN) {
        // It may have been accepted. Sending it again now could send it twice.
        $request = $linkwa->linkwa_error_ref_id($error) ?? 'this request';
        fwrite(STDERR, "Do not send it again before you have looked for the event report of $request.\n");
        return RECONCILE;
    }
    // Nothing left this machine. If the network was the cause, the same message may be sent again.
    $again = $outcome === LINKWA_MESSAGE_NOT_SENT && $linkwa->linkwa_error_code($error) === LINKWA_NOT_SENT;
    return $again ? RUN_AGAIN : FIX;
}

$to = $argv[1] ?? '+46000000001'; // an unassigned number
$text = $argv[2] ?? 'Hello';
$client = $linkwa->new('linkwa_client *');
$result = $linkwa->new('linkwa_result *');
$error = $linkwa->new('linkwa_error *');
$status = ACCEPTED;

if ($linkwa->linkwa_client_from_env(FFI::addr($client), FFI::addr($error)) !== LINKWA_OK
    || $linkwa->linkwa_send_text($client, $to, $text, null, FFI::addr($result), FFI::addr($error)) !== LINKWA_OK) {
    $status = explain($linkwa, $error);
} else {
    echo 'accepted: refId ', $linkwa->linkwa_result_ref_id($result), "\n";
    for ($index = 0; $index < $linkwa->linkwa_result_message_ids_len($result); $index++) {
        echo 'message id ', $linkwa->linkwa_result_message_id($result, $index), "\n";
    }
}

$linkwa->linkwa_error_free($error);
$linkwa->linkwa_result_free($result);
$linkwa->linkwa_client_free($client);
exit($status);
