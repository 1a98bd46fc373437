// The first message from Go: sends a text and reports the outcome.
//
//	go run first_message.go [NUMBER [TEXT]]
//
// It finds the library with pkg-config. The environment selects the gateway and the account: LINKWA_REGION or LINKWA_BASE_URL,
// LINKWA_USERNAME, LINKWA_PASSWORD, LINKWA_PLATFORM_ID, LINKWA_PLATFORM_PARTNER_ID, LINKWA_SOURCE.
package main

/*
#cgo pkg-config: linkwa
#include <linkwa.h>
#include <stdlib.h>
*/
import "C"

import (
	"fmt"
	"os"
	"unsafe"
)

// What the person who runs the program does next.
const (
	accepted = iota
	fix
	reconcile
	runAgain
)

func explain(err *C.linkwa_error) int {
	fmt.Fprintln(os.Stderr, C.GoString(C.linkwa_error_message(err)))
	switch C.linkwa_error_outcome(err) {
	case C.LINKWA_MESSAGE_UNKNOWN:
		// It may have been accepted. Sending it again now could send it twice.
		request := "this request"
		if refID := C.linkwa_error_ref_id(err); refID != nil {
			request = C.GoString(refID)
		}
		fmt.Fprintf(os.Stderr, "Do not send it again before you have looked for the event report of %s.\n", request)
		return reconcile
	case C.LINKWA_MESSAGE_NOT_SENT:
		// Nothing left this machine. If the network was the cause, the same message may be sent again.
		if C.linkwa_error_code(err) == C.LINKWA_NOT_SENT {
			return runAgain
		}
	}
	return fix
}

func send(to, text string) int {
	var client *C.linkwa_client
	var result *C.linkwa_result
	var err *C.linkwa_error
	defer func() {
		C.linkwa_error_free(err)
		C.linkwa_result_free(result)
		C.linkwa_client_free(client)
	}()

	cTo, cText := C.CString(to), C.CString(text)
	defer C.free(unsafe.Pointer(cTo))
	defer C.free(unsafe.Pointer(cText))
	if C.linkwa_client_from_env(&client, &err) != C.LINKWA_OK ||
		C.linkwa_send_text(client, cTo, cText, nil, &result, &err) != C.LINKWA_OK {
		return explain(err)
	}
	fmt.Println("accepted: refId", C.GoString(C.linkwa_result_ref_id(result)))
	for i := C.size_t(0); i < C.linkwa_result_message_ids_len(result); i++ {
		fmt.Println("message id", C.GoString(C.linkwa_result_message_id(result, i)))
	}
	return accepted
}

func main() {
	to, text := "+46000000001", "Hello" // an unassigned number
	if len(os.Args) > 1 {
		to = os.Args[1]
	}
	if len(os.Args) > 2 {
		text = os.Args[2]
	}
	os.Exit(send(to, text))
}
