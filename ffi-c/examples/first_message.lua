-- The first message from LuaJIT: sends a text and reports the outcome.
--
--     luajit first_message.lua [NUMBER [TEXT]]
--
-- The environment selects the gateway and the account: LINKWA_REGION or LINKWA_BASE_URL, LINKWA_USERNAME, LINKWA_PASSWORD,
-- LINKWA_PLATFORM_ID, LINKWA_PLATFORM_PARTNER_ID, LINKWA_SOURCE.
local ffi = require("ffi")

-- From linkwa.h, which says what they do: copy the declarations that you need.
ffi.cdef [[
typedef struct linkwa_client linkwa_client;
typedef struct linkwa_error linkwa_error;
typedef struct linkwa_options linkwa_options;
typedef struct linkwa_result linkwa_result;
enum { LINKWA_OK = 0, LINKWA_NOT_SENT = 5 };
enum { LINKWA_MESSAGE_NOT_SENT = 2, LINKWA_MESSAGE_UNKNOWN = 3 };
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
]]
local linkwa = ffi.load("linkwa")

-- What the person who runs the program does next.
local ACCEPTED, FIX, RECONCILE, RUN_AGAIN = 0, 1, 2, 3

local function explain(err)
    io.stderr:write(ffi.string(linkwa.linkwa_error_message(err)), "\n")
    local outcome = linkwa.linkwa_error_outcome(err)
    if outcome == linkwa.LINKWA_MESSAGE_UNKNOWN then
        -- It may have been accepted. Sending it again now could send it twice.
        local ref_id = linkwa.linkwa_error_ref_id(err)
        local request = ref_id ~= nil and ffi.string(ref_id) or "this request"
        io.stderr:write("Do not send it again before you have looked for the event report of ", request, ".\n")
        return RECONCILE
    end
    -- Nothing left this machine. If the network was the cause, the same message may be sent again.
    if outcome == linkwa.LINKWA_MESSAGE_NOT_SENT and linkwa.linkwa_error_code(err) == linkwa.LINKWA_NOT_SENT then
        return RUN_AGAIN
    end
    return FIX
end

local function main(to, text)
    local client = ffi.new("linkwa_client *[1]")
    local result = ffi.new("linkwa_result *[1]")
    local err = ffi.new("linkwa_error *[1]")
    local status = ACCEPTED
    if linkwa.linkwa_client_from_env(client, err) ~= linkwa.LINKWA_OK
        or linkwa.linkwa_send_text(client[0], to, text, nil, result, err) ~= linkwa.LINKWA_OK then
        status = explain(err[0])
    else
        print("accepted: refId " .. ffi.string(linkwa.linkwa_result_ref_id(result[0])))
        for index = 0, tonumber(linkwa.linkwa_result_message_ids_len(result[0])) - 1 do
            print("message id " .. ffi.string(linkwa.linkwa_result_message_id(result[0], index)))
        end
    end
    linkwa.linkwa_error_free(err[0])
    linkwa.linkwa_result_free(result[0])
    linkwa.linkwa_client_free(client[0])
    return status
end

os.exit(main(arg[1] or "+46000000001", arg[2] or "Hello")) -- an unassigned number
